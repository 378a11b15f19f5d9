import {
  type HeaderLine,
  type NameAddress,
  NO_PARAMETERS,
  type SipRequest,
  type SipResponse,
  type SipUri,
} from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { createRequest, newCallId } from '../message/request.ts';
import { parseUri } from '../message/uri.ts';
import { authorizationFor } from './client-authentication.ts';
import { type OutboundProxy, proxyFor } from './outbound-proxy.ts';
import { SERVER_DOWN } from './request-sender.ts';
import { newTag } from './responder.ts';
import { type OutboundRequest, SipRejection, type Source } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** Proxies and the server may ask for the account once each, and once more where a nonce was stale. */
const MAX_CHALLENGES = 4;

/** Whom the requests are from and for; the same in each of them. */
export type SeriesOptions = Omit<OutboundRequest, 'method' | 'headers'>;

export interface SeriesRequest {
  method: string;
  /** Made for the place that the request goes to: a Contact depends on it. */
  headers?: (destination: Source) => readonly HeaderLine[];
}

/** What a server said, and which one it was. */
export interface SeriesResponse {
  response: SipResponse;
  destination: Source;
}

/**
 * Requests outside a dialog that have their Call-ID in common, each with the next sequence number: one OPTIONS, or all the
 * REGISTERs of a binding (RFC 3261 section 10.2). A challenge is answered; where a server is down the next one is asked.
 */
export class RequestSeries {
  readonly #context: SessionContext;
  readonly #options: SeriesOptions;
  readonly #uri: SipUri;
  readonly #from: string;
  readonly #to: string;
  readonly #callId = newCallId();
  readonly #proxy: OutboundProxy | undefined;
  #sequence = 0;

  /** @throws {SipRejection} 416 for a URI that is malformed or not SIP. */
  constructor(context: SessionContext, options: SeriesOptions) {
    this.#context = context;
    this.#options = options;
    this.#uri = { ...readUri(options.uri), headers: NO_PARAMETERS };
    const { displayName } = options.from;
    this.#from = formatNameAddress({
      uri: readUri(options.from.uri),
      params: new Map([['tag', newTag()]]),
      ...(displayName !== undefined && { displayName }),
    });
    this.#proxy = proxyFor(context, options.destination);
    this.#to = formatNameAddress(asAddress(readUri(options.to ?? options.uri)));
  }

  /**
   * @returns the final response of the first server that gave one; of several that are down, what the last one said.
   * @throws {SipRejection} 408 or 503 where none of them did, or none may be asked.
   */
  async request(request: SeriesRequest): Promise<SeriesResponse> {
    const destinations = await this.#destinations();
    let failure: unknown = new SipRejection(503, 'no address of the server may be reached');
    let answer: SeriesResponse | undefined;
    for (const destination of destinations) {
      try {
        answer = { response: await this.#ask(request, destination), destination };
        if (answer.response.status !== SERVER_DOWN) return answer;
      } catch (error) {
        failure = error;
      }
    }
    if (answer) return answer;
    throw failure;
  }

  async #destinations(): Promise<readonly Source[]> {
    const { destination, admits } = this.#options;
    if (this.#proxy) return this.#context.sender.locateAll(this.#proxy.uri);
    const found = destination ? [destination] : await this.#context.sender.locateAll(this.#uri);
    return admits ? found.filter(({ address }) => admits(address)) : found;
  }

  async #ask(request: SeriesRequest, destination: Source): Promise<SipResponse> {
    const { credentials, timeoutMs } = this.#options;
    let authorization: readonly HeaderLine[] = [];
    for (let challenges = 0; ; challenges += 1) {
      const message = this.#message(request, destination, authorization);
      const response = await this.#context.sender.request(message, destination, timeoutMs);
      if (!credentials || challenges >= MAX_CHALLENGES) return response;
      const next = authorizationFor(message, response, credentials);
      if (!next) return response;
      authorization = next;
    }
  }

  #message(request: SeriesRequest, destination: Source, authorization: readonly HeaderLine[]): SipRequest {
    this.#sequence += 1;
    return createRequest(request.method, this.#uri, {
      from: this.#from,
      to: this.#to,
      callId: this.#callId,
      seq: this.#sequence,
      routes: this.#proxy ? [this.#proxy.route] : [],
      headers: [
        { name: 'User-Agent', value: this.#context.productName },
        ...authorization,
        ...(request.headers?.(destination) ?? []),
      ],
    });
  }
}

function readUri(text: string): SipUri {
  const uri = parseUri(text);
  if (uri?.scheme !== 'sip' && uri?.scheme !== 'sips') throw new SipRejection(416, `not a SIP URI: ${text}`);
  return uri;
}

/** To names who is meant, not how he is reached (RFC 3261 section 8.1.1.2). */
function asAddress(uri: SipUri): NameAddress {
  const params = new Map(uri.params);
  params.delete('transport');
  params.delete('maddr');
  return { uri: { ...uri, params, headers: NO_PARAMETERS }, params: NO_PARAMETERS };
}
