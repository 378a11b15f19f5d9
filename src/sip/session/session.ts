import type { Emitter } from '../../lib/emitter.ts';
import type { HeaderLine, SipRequest, SipResponse, SipUri } from '../message/message.ts';
import type { Registration, RegistrationOptions } from '../registration/registration.ts';
import type { Credentials } from './client-authentication.ts';

export type TransportProtocol = 'udp' | 'tcp' | 'tls';

/** Where a message came from, as the socket saw it, or where one goes. */
export interface Source {
  protocol: TransportProtocol;
  address: string;
  port: number;
  /** Of one that we call by TLS: the name that its certificate must bear. Unset: its address. */
  name?: string;
}

/** How an INVITE session ended. `status` is the SIP status that ended it, where one did. */
export interface SessionEnd {
  by: 'peer' | 'us' | 'failure';
  /** The caller gave up before the answer (CANCEL, or BYE on an early dialog). */
  cancelled?: boolean;
  status?: number;
  /** In words; of a BYE or CANCEL its Reason header as it came (RFC 3326). */
  reason?: string;
}

/** Thrown by an offer handler to refuse a re-INVITE with this status; the session goes on as it was. */
export class SipRejection extends Error {
  readonly status: number;
  readonly headers: { name: string; value: string }[];

  constructor(status: number, reason: string, headers: { name: string; value: string }[] = []) {
    super(reason);
    this.name = 'SipRejection';
    this.status = status;
    this.headers = headers;
  }
}

/** What a peer tells of a call that it was asked to make: a SIP status and its phrase (RFC 3515 section 2.4.5). */
export interface ReferProgress {
  status: number;
  reason: string;
}

export interface ReferRequest {
  /** URI or name-addr of whom the peer is to call; headers of the URI (`?Replaces=...`) go into its INVITE. */
  referTo: string;
  /** Who asks for it (RFC 3892). */
  referredBy?: string;
  headers?: HeaderLine[];
}

/** A REFER that the peer has accepted. */
export interface Referral {
  readonly progress: Emitter<ReferProgress>;
  /** The final status of the call that the peer made; undefined where it never told one. */
  readonly settled: Promise<number | undefined>;
}

/** A REFER that came. One that its owner does not decide on within 32 * T1 is refused with 603. */
export interface IncomingReferral {
  readonly request: SipRequest;
  /** Whom we are to call; of any scheme, and not yet judged by anybody. */
  readonly referTo: SipUri;
  /** Value of Referred-By, as it came. */
  readonly referredBy: string | undefined;
  /** 202, and a NOTIFY of 100 (RFC 3515 section 2.4.4), or none where the peer wants none (RFC 4488). */
  accept(): void;
  /** Tells how the call goes; a final status ends it. An empty reason: the registered phrase. @throws {RangeError} */
  notify(status: number, reason: string): void;
  /** @throws {RangeError} for what is no status of a refusal. */
  reject(status: number): void;
}

/** What both sides of an INVITE have in common once it exists. */
export interface InviteSession {
  readonly callId: string;
  /** Local address on the route to the peer: what goes into our Contact and SDP where no public host is set. */
  readonly localAddress: string;
  /** The peer's SDP that is in force. It may have come in a provisional response, a 2xx, an ACK, PRACK or UPDATE. */
  readonly remoteDescription: string | undefined;
  readonly ended: Emitter<SessionEnd>;
  /** How it ended, once it has: a CANCEL may come before its owner listens to `ended`. */
  readonly end: SessionEnd | undefined;
  /** INFO in the dialog; answered 200 by the stack. */
  readonly infos: Emitter<{ contentType: string; body: string }>;
  /**
   * Answers the peer's re-INVITE or UPDATE. Called with its SDP, or undefined for a late offer, in which case it returns our
   * offer and the peer's answer comes through `onAnswer`. Throw {@link SipRejection} to refuse. Unset: 488.
   */
  onOffer?: (offer: string | undefined) => string;
  /** The peer's answer to an offer that we made in a 2xx (late offer), or to our description when it was sent again. */
  onAnswer?: (answer: string) => void;
  /** Sends a re-INVITE with this offer. @returns the peer's answer. @throws {SipRejection} when refused; 491 is retried. */
  reinvite(offer: string): Promise<string>;
  /**
   * Sends UPDATE, in an early dialog too: with an offer, or to refresh target and timer alone (RFC 3311). @returns the peer's
   * answer to the offer. @throws {SipRejection} 405 where the peer takes no UPDATE; when refused; 491 while an offer is open.
   */
  update(offer?: string): Promise<string | undefined>;
  sendInfo(contentType: string, body: string): Promise<SipResponse>;
  /** Asks the peer to call somebody else (REFER, RFC 3515). Resolves on its 2xx. @throws {SipRejection} when refused. */
  refer(request: ReferRequest): Promise<Referral>;
  /** A REFER of the peer. Unset: refused with 603. */
  onRefer?: (referral: IncomingReferral) => void;
  /** Ends an answered session by BYE; resolves with the final response or after timer F. */
  bye(headers?: { name: string; value: string }[]): Promise<void>;
}

/** An INVITE that came in. Its caller gets 100 where it is not answered at once. */
export interface InviteServerSession extends InviteSession {
  readonly request: SipRequest;
  readonly source: Source;
  /** The SDP of the INVITE; undefined for a late offer. */
  readonly offer: string | undefined;
  /**
   * The dialog that this INVITE takes over (Replaces, RFC 3891); the owner judges whether it may. Once our 200 is
   * acknowledged that session is ended by BYE or CANCEL. With `earlyOnly`, `accept` throws 486 where it was answered meanwhile.
   */
  readonly replaces: { session: InviteSession; earlyOnly: boolean } | undefined;
  /** 180, once or again; after {@link InviteServerSession.progress} the 183 again. */
  ring(): void;
  /**
   * Sends 183 with the answer to the INVITE's offer, so that the caller hears us before the 200 (early media). Once: a
   * second call, or one after the final response, does nothing. The 200 must have the same answer (RFC 3261 section 13.2.1).
   * To an INVITE without an offer, whose caller takes reliable responses, it makes one; the answer comes through `onAnswer`.
   * @throws {TypeError} where the INVITE made no offer and its caller does not.
   */
  progress(sdp: string): void;
  /**
   * Sends 200 with this SDP, again and again until the ACK (RFC 3261 section 13.3.1.4).
   * It waits for the PRACK of a reliable 183. Resolves on the ACK. Rejects when the caller has cancelled or no ACK came within 64*T1 (a BYE has then been sent).
   * @throws {TypeError} for another SDP than that of the 183.
   */
  accept(sdp: string): Promise<void>;
  reject(status: number, options?: { reason?: string; headers?: { name: string; value: string }[] }): void;
}

/** An INVITE that goes out. */
export interface InviteClientSession extends InviteSession {
  readonly provisionals: Emitter<SipResponse>;
  /** Resolves on the 2xx, whose ACK has been sent; its answer is {@link InviteSession.remoteDescription}. @throws {SipRejection} with the final status; 408 when none came. */
  readonly answered: Promise<SipResponse>;
  /**
   * CANCEL, as soon as a provisional response allows it; a 2xx that crosses it is acknowledged and ended by BYE. `headers`
   * tell why: `Reason: SIP;cause=200` where another INVITE of the same call was answered (RFC 3326).
   */
  cancel(headers?: HeaderLine[]): void;
}

export interface OutboundInvite {
  /** Request URI. */
  uri: string;
  /** Where to send it, if not to the request URI's host. */
  destination?: Source;
  from: { uri: string; displayName?: string };
  /** Of a call that goes on from another one: that one's, less one. Unset: 70. */
  maxForwards?: number;
  headers?: { name: string; value: string }[];
  sdp: string | undefined;
  /** Answers a 401 and a 407 of the one realm that they are for, once each. */
  credentials?: Credentials;
  /**
   * Whether later requests may go to an address that the peer names in Contact or Record-Route. One that may not be reached
   * is passed over: they go where the INVITE went. Unset: any.
   */
  admits?: (address: string) => boolean;
}

/**
 * Provisional responses that are acknowledged by PRACK (RFC 3262). `supported`: told to those whom we call, and done for who
 * requires it. `required`: asked of those whom we call, and done for who knows it. `off`: refused with 420.
 */
export type ReliableProvisional = 'supported' | 'required' | 'off';
/** A request outside any dialog, such as OPTIONS. */
export interface OutboundRequest {
  method: string;
  /** Request URI. */
  uri: string;
  /** URI of whom it is for. Unset: the request URI. */
  to?: string;
  from: { uri: string; displayName?: string };
  headers?: readonly HeaderLine[];
  /** Where to send it, if not to the servers of the request URI. */
  destination?: Source;
  /** Whether an address may be asked; one that may not is passed over. Unset: any. */
  admits?: (address: string) => boolean;
  /** Answers a 401 and a 407 of the one realm that they are for, once each. */
  credentials?: Credentials;
  /** How long each server may take, in milliseconds. Unset: 64 * T1 (timer F). */
  timeoutMs?: number;
}

/** What becomes of a request that would begin something. */
export type Admission = 'accept' | 'drop' | 'shed' | { shedSeconds: number };

/** What the stack asks of its owner. */
export interface UserAgentHandlers {
  /** A new INVITE outside any dialog, syntactically sound and not a retransmission. */
  onInvite(session: InviteServerSession): void;
  /**
   * Asked before any state is made for a new request outside a dialog: `accept`; `drop` in silence; `shed` with 503 and
   * Retry-After, whose seconds the owner may name. In-dialog requests are never asked about.
   */
  admit(request: SipRequest, source: Source): Admission;
  /**
   * Asked of a new INVITE that was admitted, where it may have to stay unanswered for what only a store knows. Until the
   * promise settles nothing is sent and no state is made; false: nothing ever is. Unset: every INVITE is answered.
   */
  recognises?(request: SipRequest, source: Source): true | Promise<boolean>;
}

/** The stack as its owner sees it. */
export interface UserAgent {
  /** Opens the listeners. @throws the socket's error (EADDRINUSE, EACCES) with the address in its message. */
  start(): Promise<void>;
  /** Ports really bound; useful when 0 was asked for. */
  readonly udpPort: number;
  readonly tcpPort: number;
  /** 0 where it does not listen for TLS. */
  readonly tlsPort: number;
  invite(options: OutboundInvite): InviteClientSession;
  /**
   * Sends a request outside any dialog, other than INVITE, and answers a challenge; where a server is down the next one is
   * asked. @returns the final response. @throws {SipRejection} 408 or 503 where no server gave one, 416 for a URI that is none.
   */
  request(options: OutboundRequest): Promise<SipResponse>;
  /** Keeps a binding at a registrar until it is closed. @throws {SipRejection} 416 for a URI that is none. */
  register(options: RegistrationOptions): Registration;
  /**
   * The servers of a URI, to be tried one after the other (RFC 3263); those that failed lately come last.
   * @throws {SipRejection} 416 for a scheme or transport that we do not speak, 503 where the host has no address.
   */
  resolveServer(uri: SipUri): Promise<[Source, ...Source[]]>;
  /** Our address on the route to this peer, for the SDP of an INVITE where no public host is set. */
  localAddressFor(peer: Source): string;
  /** Part of the server transactions that are kept at most, from 0 to 1; at 1 new calls are shed. */
  readonly transactionShare: number;
  /** Dialogs that are up. */
  readonly sessionCount: number;
  /** Closes the listeners; does not say BYE. */
  close(): Promise<void>;
}
