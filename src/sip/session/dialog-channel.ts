import type { Dialog, DialogRequest, DialogRequestContent } from '../dialog/dialog.ts';
import { headerValues } from '../message/headers.ts';
import type { HeaderLine, SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transaction/client-transaction.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import { isBehindNat } from '../transport/response-route.ts';
import { authorizationFor, type ProvenCredentials } from './client-authentication.ts';
import type { RequestSender, SentMessage } from './request-sender.ts';
import { SipRejection, type Source } from './session.ts';

/** A dialog together with the way to its peer: sends requests in it. */
export class DialogChannel {
  readonly dialog: Dialog;
  readonly contact: HeaderLine;
  readonly #sender: RequestSender;
  readonly #credentials: ProvenCredentials | undefined;
  /** Where each request went, which may be challenged where we have credentials. */
  #sentTo: WeakMap<SipRequest, Source> | undefined;
  #invitedTo: Source | undefined;
  #allowed: readonly string[] = [];
  #flow: Source | undefined;
  #proved: Source | undefined;
  #fallback: { place: Source; admits: (address: string) => boolean } | undefined;

  constructor(
    dialog: Dialog,
    sender: RequestSender,
    contact: HeaderLine,
    credentials: ProvenCredentials | undefined = undefined,
  ) {
    this.dialog = dialog;
    this.contact = contact;
    this.#sender = sender;
    this.#credentials = credentials;
  }

  /** Notes which methods the peer takes, where the message tells (RFC 3261 section 20.5). */
  noteCapabilities(message: SipMessage): void {
    const methods = headerValues(message, 'Allow');
    if (methods.length > 0) this.#allowed = methods;
  }

  allows(method: string): boolean {
    return this.#allowed.includes(method);
  }

  /** The peer has refused a method that it said to take. */
  disallow(method: string): void {
    this.#allowed = this.#allowed.filter((other) => other !== method);
  }

  /**
   * Notes where the peer's INVITE came from. Without a route set, requests go back there and not to the Contact where the
   * peer is behind a NAT, or has an open connection with us that its Contact need not accept.
   */
  followSource(received: ReceivedRequest): void {
    const { source, via } = received;
    const isSameHost = this.dialog.remoteTarget.host === source.address;
    const isOwnConnection = source.protocol !== 'udp' && isSameHost;
    this.#flow = isBehindNat(via, source) || isOwnConnection ? source : undefined;
  }

  /**
   * Notes where our INVITE went. By TLS the peer has proved its name there, so that requests to the same place go over that
   * connection, also where the Contact has a name that the certificate does not. Where the peer names a place that `admits`
   * refuses, requests go where the INVITE went: nobody whom we call may send us into a network that we would not call.
   */
  followDestination(destination: Source, admits?: (address: string) => boolean): void {
    this.#invitedTo = destination;
    this.#proved = destination.protocol === 'tls' ? destination : undefined;
    this.#fallback = admits && { place: destination, admits };
  }

  /**
   * Sends a request and waits for its final response; a challenge is answered once. `onRequest` gets each request before it
   * goes out. @throws {SipRejection} 408, 503, 416.
   */
  async request(
    method: string,
    content: DialogRequestContent = {},
    onRequest: (request: SipRequest) => void = () => {},
  ): Promise<SipResponse> {
    const first = this.dialog.createRequest(method, content);
    onRequest(first.request);
    const destination = await this.#destinationOf(first);
    this.#noteSent(first.request, destination);
    const response = await this.#sender.request(first.request, destination);
    const authorization = this.authorizationFor(first.request, response);
    if (!authorization) return response;
    const second = this.dialog.createRequest(method, withHeaders(content, authorization));
    onRequest(second.request);
    return this.#sender.request(second.request, await this.#destinationOf(second));
  }

  /** Sends a request without waiting for its response. */
  async send(
    method: string,
    content: DialogRequestContent,
    user: ClientTransactionUser,
  ): Promise<ClientTransaction> {
    const made = this.dialog.createRequest(method, content);
    const destination = await this.#destinationOf(made);
    const transaction = this.#sender.send(made.request, destination, user);
    this.#noteSent(transaction.request, destination);
    return transaction;
  }

  /** The ACK of a 2xx to the INVITE with this sequence number. */
  async ack(inviteSequence: number, content: DialogRequestContent = {}): Promise<SentMessage> {
    const made = this.dialog.createAck(inviteSequence, content);
    return this.#sender.sendAck(made.request, await this.#destinationOf(made));
  }

  /**
   * The header that answers this response's challenge; undefined where it has none or we have no credentials for it. Only the
   * host that took the INVITE hears them: others whom its Contact names may know its realm as well.
   */
  authorizationFor(request: SipRequest, response: SipResponse): HeaderLine[] | undefined {
    if (!this.#credentials || this.#sentTo?.get(request)?.address !== this.#invitedTo?.address)
      return undefined;
    const { credentials, realms } = this.#credentials;
    return authorizationFor(request, response, credentials, realms);
  }

  #noteSent(request: SipRequest, destination: Source): void {
    if (!this.#credentials) return;
    this.#sentTo ??= new WeakMap();
    this.#sentTo.set(request, destination);
  }

  async #destinationOf(made: DialogRequest): Promise<Source> {
    const flow = this.dialog.routeSet.length === 0 ? this.#flow : undefined;
    if (flow && (flow.protocol === 'udp' || this.#sender.hasConnection(flow))) return flow;
    const located = await this.#sender.locate(made.nextHop);
    if (this.#fallback && !this.#fallback.admits(located.address)) return this.#fallback.place;
    const proved = this.#proved;
    if (proved && isSamePlace(proved, located) && this.#sender.hasConnection(proved)) return proved;
    return located;
  }
}

function isSamePlace(one: Source, other: Source): boolean {
  return one.protocol === other.protocol && one.address === other.address && one.port === other.port;
}

/** The same content with more header lines. */
export function withHeaders(
  content: DialogRequestContent,
  more: readonly HeaderLine[],
): DialogRequestContent {
  return { ...content, headers: [...(content.headers ?? []), ...more] };
}

/** What a response other than 2xx is to one who awaits success. */
export function rejectionOf(response: SipResponse): SipRejection {
  return new SipRejection(response.status, response.reason, response.headers);
}
