import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import { isTrunk, type Trunk } from '../../domain/trunks/trunk.ts';
import { DialError, type Dialer, type DialRequest } from '../../flow/dialer.ts';
import {
  admitNumber,
  admitPlace,
  admitRequest,
  admitUri,
  MAX_OWN_HOPS,
  type RefusalOfAddress,
} from '../../flow/dialing/dial-policy.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaPool } from '../../media/media-session.ts';
import type { SipUri } from '../../sip/message/message.ts';
import { formatHostPort } from '../../sip/message/uri.ts';
import { SipRejection, type Source, type UserAgent } from '../../sip/session/session.ts';
import { customerHeaders } from './customer-headers.ts';
import type { DialRoute, DialTarget } from './dial-target.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy, secureTarget, secureTargets } from './media-policy.ts';
import { negotiate } from './negotiation.ts';
import { type OutboundCaller, outboundCaller } from './outbound-caller.ts';
import type { OwnListener } from './own-listener.ts';
import { SipOutboundLeg } from './sip-outbound-leg.ts';
import type { TrunkRegistry } from './trunk-registry.ts';
import { trunkRoutes } from './trunk-routes.ts';

type AdmittedPlace = Pick<DialTarget, 'place' | 'maxForwards'>;

/** Credentials looked through for the org's default trunk. */
const MAX_CREDENTIALS = 1_000;

export interface SipDialerOptions {
  userAgent: () => Pick<UserAgent, 'invite' | 'localAddressFor' | 'resolveServer'>;
  own: OwnListener;
  media: MediaPool;
  credentials: Pick<CredentialRepository, 'get' | 'list'>;
  trunks: Pick<TrunkRegistry, 'isUp' | 'countCall'>;
  /** Judges every address that is dialled. */
  refusalOf: RefusalOfAddress;
  bindAddress: string;
  /** Unset: {@link DEFAULT_MEDIA_POLICY}. */
  mediaPolicy?: MediaPolicy;
  /** Put into SDP; unset: the local address on the route to the peer. */
  publicHost: string | undefined;
  /** Host of the caller's URI where he is a telephone number. */
  fromHost: string;
  clock: Clock;
  logger: Logger;
}

/**
 * Places legs over SIP: a SIP URI is called as it stands; a number goes over the trunk of its own number, else over the
 * org's oldest trunk.
 */
export class SipDialer implements Dialer {
  readonly #options: SipDialerOptions;
  /** Outbound legs that are under way or up, by call. */
  readonly #legs = new Map<string, number>();

  constructor(options: SipDialerOptions) {
    this.#options = options;
  }

  async dial(request: DialRequest): Promise<SipOutboundLeg> {
    const { call, destination } = request;
    const extension = destination.type === 'number' ? destination.extension : undefined;
    admitRequest({ maxForwards: request.maxForwards - 1, extension }, this.#legs.get(call.id) ?? 0);
    this.#count(call.id, 1);
    try {
      const leg = await this.#place(request, await this.#targets(request), extension);
      leg.ended.on(() => this.#count(call.id, -1));
      if (leg.end) this.#count(call.id, -1);
      return leg;
    } catch (error) {
      this.#count(call.id, -1);
      throw error;
    }
  }

  async #place(
    request: DialRequest,
    targets: [DialTarget, ...DialTarget[]],
    extension: string | undefined,
  ): Promise<SipOutboundLeg> {
    const { media: pool, bindAddress, publicHost, userAgent, clock } = this.#options;
    const { mediaPolicy = DEFAULT_MEDIA_POLICY } = this.#options;
    const { call, destination, near } = request;
    const secured = secureTargets(targets, mediaPolicy);
    const logger = this.#options.logger.child({ callId: call.id });
    const address = publicHost ?? userAgent().localAddressFor(targets[0].place);
    const media = await pool.createSession({ bindAddress, ...(near && { near }) });
    const isNumber = destination.type === 'number';
    return new SipOutboundLeg({
      carrier: isNumber ? 'trunk' : 'sip',
      dialled: isNumber ? destination.number : destination.sipUri,
      customer: isNumber ? { number: destination.number } : { sipUri: destination.sipUri },
      headers: {},
      media,
      negotiation: negotiate({ address, port: media.localPort, sessionId: clock.now() }, mediaPolicy, 'off'),
      targets: secured,
      invite: ({ place, ...invite }, sdp) =>
        userAgent().invite({
          ...invite,
          destination: place,
          sdp,
          admits: (found) => found === place.address || this.#options.refusalOf(found) === undefined,
        }),
      redirect: async (contact) => secureTarget(await this.#redirected(request, contact), mediaPolicy),
      timeoutMs: request.timeoutMs,
      extension,
      clock,
      logger,
    });
  }

  /** @throws {DialError} where no way is left; of several the last one's reason */
  async #targets(request: DialRequest): Promise<[DialTarget, ...DialTarget[]]> {
    const routes = await this.#routes(request);
    const targets: DialTarget[] = [];
    let failure = new DialError('unreachable', 'there is nowhere to send the call');
    for (const route of routes) {
      try {
        for (const admitted of await this.#admit(route.uri, request)) targets.push({ ...route, ...admitted });
      } catch (error) {
        if (!(error instanceof DialError)) throw error;
        failure = error;
      }
    }
    const [first, ...rest] = targets;
    if (!first) throw failure;
    return [first, ...rest];
  }

  async #routes(request: DialRequest): Promise<DialRoute[]> {
    const { destination } = request;
    if (destination.type === 'number') {
      const number = admitNumber(destination.number);
      const trunk = await this.#trunk(request);
      const { callerId = trunk.callerNumber } = request;
      const caller = this.#caller({ ...request, ...(callerId !== undefined && { callerId }) });
      const isUp = (gateway: TrunkGateway) => this.#options.trunks.isUp(trunk.id, gateway);
      const routes = trunkRoutes(trunk, { number, caller, host: this.#host, isUp });
      this.#options.trunks.countCall(trunk.id, 'out');
      return routes;
    }
    const caller = this.#caller(request);
    const headers = customerHeaders(destination.sipHeaders ?? {});
    return [{ uri: destination.sipUri, from: caller.from, headers }];
  }

  /** Our customer's headers and account are for whom he named, not for where that one sends us. */
  async #redirected(request: DialRequest, contact: string): Promise<DialTarget> {
    const { from } = this.#caller(request);
    const [first] = await this.#admit(contact, request);
    return { uri: contact, from, headers: [], ...first };
  }

  #caller({ call, number, callerId, destination }: DialRequest): OutboundCaller {
    const { sipUri, ...customer } = call.customer;
    // A trunk knows telephone numbers alone: a caller who has none is shown as our number.
    const isForTrunk = destination.type === 'number' || sipUri === undefined;
    const who = { customer: isForTrunk ? customer : call.customer, number };
    return outboundCaller({ ...who, ...(callerId !== undefined && { callerId }) }, this.#host);
  }

  /** As it stands in a URI. */
  get #host(): string {
    return formatHostPort(this.#options.fromHost);
  }

  /** Takes a URI through the gate. @returns its servers, to be tried one after the other. @throws {DialError} */
  async #admit(text: string, request: DialRequest): Promise<[AdmittedPlace, ...AdmittedPlace[]]> {
    const { own, refusalOf } = this.#options;
    const { number } = request;
    const uri = admitUri(text);
    const ownPlace = own.placeOf(uri);
    const places: [Source, ...Source[]] = ownPlace ? [ownPlace] : await this.#locate(uri);
    const isOwn = ownPlace !== undefined || places.some((place) => own.includes(place));
    const addresses = ownPlace ? [] : places.map(({ address }) => address);
    admitPlace({ user: uri.user, addresses, isOwn, number }, refusalOf);
    const maxForwards = request.maxForwards - 1;
    const admit = (place: Source): AdmittedPlace => ({
      place,
      maxForwards: isOwn ? Math.min(maxForwards, MAX_OWN_HOPS) : maxForwards,
    });
    const [first, ...rest] = places;
    return [admit(first), ...rest.map(admit)];
  }

  /** The servers that a URI leads to. @throws {DialError} */
  async #locate(uri: SipUri): Promise<[Source, ...Source[]]> {
    try {
      return await this.#options.userAgent().resolveServer(uri);
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      throw new DialError(error.status === 503 ? 'unreachable' : 'refused', error.message);
    }
  }

  async #trunk({ call, number }: DialRequest): Promise<Trunk> {
    const { credentials } = this.#options;
    const own =
      number?.credentialId === undefined ? undefined : await credentials.get(call.orgId, number.credentialId);
    if (own && isTrunk(own)) return own;
    const list = await credentials.list(call.orgId, { limit: MAX_CREDENTIALS, order: 'ascending' });
    const [oldest] = list.filter(isTrunk).toSorted((one, other) => one.createdAt - other.createdAt);
    if (!oldest) {
      const message =
        'a number can only be dialled through a trunk, and the org has no byo-sip-trunk credential';
      throw new DialError('unreachable', message);
    }
    return oldest;
  }

  #count(callId: string, change: number): void {
    const count = (this.#legs.get(callId) ?? 0) + change;
    if (count > 0) this.#legs.set(callId, count);
    else this.#legs.delete(callId);
  }
}
