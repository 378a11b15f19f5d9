import { headerValue, headerValues } from '../message/headers.ts';
import {
  type HeaderLine,
  NO_PARAMETERS,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
} from '../message/message.ts';
import { parseNameAddress, tagOf } from '../message/name-address.ts';
import { createRequest } from '../message/request.ts';
import { formatUri } from '../message/uri.ts';

/** What tells one dialog from all others (RFC 3261 section 12). */
export interface DialogId {
  callId: string;
  localTag: string;
  remoteTag: string;
}

export type DialogState = 'early' | 'confirmed';

interface DialogFields extends DialogId {
  state: DialogState;
  /** From of our requests, To of the peer's: with tag. */
  localParty: string;
  remoteParty: string;
  localSequence: number;
  /** Undefined until the peer has sent a request. */
  remoteSequence: number | undefined;
  routeSet: string[];
  remoteTarget: SipUri;
}

export interface DialogRequestContent {
  headers?: readonly HeaderLine[];
  body?: Uint8Array;
}

/** A request as the dialog makes it, still without Via, and the URI that tells where to send it. */
export interface DialogRequest {
  request: SipRequest;
  nextHop: SipUri;
}

/** One side's state of a dialog: identifiers, sequence numbers, route set and remote target (RFC 3261 section 12). */
export class Dialog implements DialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  state: DialogState;
  readonly #localParty: string;
  readonly #remoteParty: string;
  #localSequence: number;
  #remoteSequence: number | undefined;
  #remoteTarget: SipUri;
  #routeSet: readonly string[];

  private constructor(fields: DialogFields) {
    this.callId = fields.callId;
    this.localTag = fields.localTag;
    this.remoteTag = fields.remoteTag;
    this.#routeSet = fields.routeSet;
    this.state = fields.state;
    this.#localParty = fields.localParty;
    this.#remoteParty = fields.remoteParty;
    this.#localSequence = fields.localSequence;
    this.#remoteSequence = fields.remoteSequence;
    this.#remoteTarget = fields.remoteTarget;
  }

  /**
   * The UAS side (RFC 3261 section 12.1.1): the route set is Record-Route in its order. A caller without any Contact, whom
   * only RFC 2543 knew, is reached at its From.
   * @returns undefined where the INVITE has nothing to reach the caller by.
   */
  static fromInvite(invite: SipRequest, localTag: string, localSequence: number): Dialog | undefined {
    const remoteTarget = uriIn(invite, headerValue(invite, 'Contact') === undefined ? 'From' : 'Contact');
    if (!remoteTarget) return undefined;
    return new Dialog({
      state: 'early',
      callId: headerValue(invite, 'Call-ID') ?? '',
      localTag,
      remoteTag: tagOf(headerValue(invite, 'From')) ?? '',
      localParty: `${headerValue(invite, 'To') ?? ''};tag=${localTag}`,
      remoteParty: headerValue(invite, 'From') ?? '',
      localSequence,
      remoteSequence: sequenceOf(invite),
      routeSet: [...headerValues(invite, 'Record-Route')],
      remoteTarget,
    });
  }

  /**
   * The UAC side (RFC 3261 section 12.1.2): the route set is Record-Route reversed.
   * @returns undefined where the response makes no dialog: no To tag or no Contact.
   */
  static fromResponse(invite: SipRequest, response: SipResponse): Dialog | undefined {
    const remoteTarget = uriIn(response, 'Contact');
    const remoteTag = tagOf(headerValue(response, 'To'));
    if (!remoteTarget || remoteTag === undefined) return undefined;
    return new Dialog({
      state: response.status < 200 ? 'early' : 'confirmed',
      callId: headerValue(invite, 'Call-ID') ?? '',
      localTag: tagOf(headerValue(invite, 'From')) ?? '',
      remoteTag,
      localParty: headerValue(invite, 'From') ?? '',
      remoteParty: headerValue(response, 'To') ?? '',
      localSequence: sequenceOf(invite),
      remoteSequence: undefined,
      routeSet: recordedRoute(response),
      remoteTarget,
    });
  }

  get routeSet(): readonly string[] {
    return this.#routeSet;
  }

  get remoteTarget(): SipUri {
    return this.#remoteTarget;
  }

  /** The 2xx of an early dialog that we began: its route set counts anew (RFC 3261 section 13.2.2.4). */
  confirm(response: SipResponse): void {
    this.state = 'confirmed';
    this.#routeSet = recordedRoute(response);
    this.refreshTarget(response);
  }

  /** Takes the sequence number of a request from the peer. @returns false for one that is not new (RFC 3261 section 12.2.2). */
  takeRemoteSequence(sequence: number): boolean {
    if (this.#remoteSequence !== undefined && sequence <= this.#remoteSequence) return false;
    this.#remoteSequence = sequence;
    return true;
  }

  /** Follows the Contact of a re-INVITE or of its 2xx (RFC 3261 section 12.2). */
  refreshTarget(message: SipMessage): void {
    this.#remoteTarget = uriIn(message, 'Contact') ?? this.#remoteTarget;
  }

  /** A new request in the dialog, with the next sequence number (RFC 3261 section 12.2.1.1). */
  createRequest(method: string, content: DialogRequestContent = {}): DialogRequest {
    this.#localSequence += 1;
    return this.#build(method, this.#localSequence, content);
  }

  /** The ACK of a 2xx: it has the sequence number of its INVITE (RFC 3261 section 13.2.2.4). */
  createAck(inviteSequence: number, content: DialogRequestContent = {}): DialogRequest {
    return this.#build('ACK', inviteSequence, content);
  }

  #build(method: string, sequence: number, content: DialogRequestContent): DialogRequest {
    const { uri, routes, nextHop } = this.#route();
    const request = createRequest(method, uri, {
      from: this.#localParty,
      to: this.#remoteParty,
      callId: this.callId,
      seq: sequence,
      routes,
      ...content,
    });
    return { request, nextHop };
  }

  /** Loose routing, or strict where the first proxy knows no better (RFC 3261 section 12.2.1.1). */
  #route(): { uri: SipUri; routes: readonly string[]; nextHop: SipUri } {
    const target = this.#remoteTarget;
    const first = this.routeSet[0] === undefined ? undefined : parseNameAddress(this.routeSet[0])?.uri;
    if (!first) return { uri: target, routes: [], nextHop: target };
    if (first.params.has('lr')) return { uri: target, routes: this.routeSet, nextHop: first };
    const uri: SipUri = { ...first, headers: NO_PARAMETERS };
    return { uri, routes: [...this.routeSet.slice(1), `<${formatUri(target)}>`], nextHop: first };
  }
}

/** The route set that a response gives its UAC (RFC 3261 section 12.1.2). */
function recordedRoute(response: SipResponse): string[] {
  return [...headerValues(response, 'Record-Route')].reverse();
}

/** The URI of a message's first Contact, or of its From, without what a request URI must not have. */
function uriIn(message: SipMessage, header: 'Contact' | 'From'): SipUri | undefined {
  const first = headerValues(message, header)[0];
  const uri = first === undefined ? undefined : parseNameAddress(first)?.uri;
  if (!uri || uri.host === '') return undefined;
  const params = new Map(uri.params);
  params.delete('method');
  return { ...uri, params, headers: NO_PARAMETERS };
}

/** The sequence number of a message's CSeq. */
export function sequenceOf(message: SipMessage): number {
  return Number.parseInt(headerValue(message, 'CSeq') ?? '0', 10);
}
