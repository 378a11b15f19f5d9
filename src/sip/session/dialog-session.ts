import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipResponse } from '../message/message.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { allowHeader } from './capabilities.ts';
import { type DialogChannel, rejectionOf } from './dialog-channel.ts';
import { OfferAnswerExchange } from './offer-answer-exchange.ts';
import { OwnReferrals } from './own-referrals.ts';
import { OwnReinvites } from './own-reinvites.ts';
import { PeerReferrals } from './peer-referrals.ts';
import { overlapping, PeerReinvites } from './peer-reinvites.ts';
import { sipReason } from './reason.ts';
import {
  type IncomingReferral,
  type InviteSession,
  type ReferRequest,
  type Referral,
  type SessionEnd,
  SipRejection,
} from './session.ts';
import type { SessionContext } from './session-context.ts';
import type { SessionParts } from './session-parts.ts';
import { SessionTimer } from './session-timer.ts';

const decoder = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/** What the UAS and the UAC side of an INVITE do alike once there is a dialog. */
export abstract class DialogSession implements InviteSession {
  readonly callId: string;
  readonly ended = new Emitter<SessionEnd>();
  readonly infos = new Emitter<{ contentType: string; body: string }>();
  onOffer?: (offer: string | undefined) => string;
  onAnswer?: (answer: string) => void;
  onRefer?: (referral: IncomingReferral) => void;
  protected readonly context: SessionContext;
  protected readonly exchange = new OfferAnswerExchange();
  protected readonly timer: SessionTimer;
  /** We sent the INVITE, and so made its Call-ID. */
  readonly isInitiator: boolean;
  #logger: Logger | undefined;
  #channel: DialogChannel | undefined;
  #peerReinvites: PeerReinvites | undefined;
  #ownReinvites: OwnReinvites | undefined;
  #ownReferrals: OwnReferrals | undefined;
  #peerReferrals: PeerReferrals | undefined;
  #end: SessionEnd | undefined;

  protected constructor(context: SessionContext, callId: string, isInitiator: boolean) {
    this.context = context;
    this.callId = callId;
    this.isInitiator = isInitiator;
    this.timer = new SessionTimer(context.clock, context.sessionTimer, {
      refresh: () => this.#refresh(),
      onExpired: () => this.#endLost(408, 'session was not refreshed'),
      onRefused: ({ message }) => this.logger.info({ error: message }, 'SIP session was not refreshed'),
    });
    context.sessions.add(this);
  }

  /** Made when there is something to tell, which is hardly ever. */
  protected get logger(): Logger {
    this.#logger ??= this.context.logger.child({ sipCallId: this.callId });
    return this.#logger;
  }

  get end(): SessionEnd | undefined {
    return this.#end;
  }

  get remoteDescription(): string | undefined {
    return this.exchange.remote;
  }

  abstract get localAddress(): string;
  abstract bye(headers?: HeaderLine[]): Promise<void>;
  /** The 2xx to the peer's INVITE has no ACK yet. */
  protected abstract get awaitsAck(): boolean;
  /** The peer has sent BYE, which has been answered. */
  protected abstract onBye(reason: string | undefined): void;
  /** An ACK for the INVITE that made the session. @returns false when none is awaited. */
  protected abstract onInitialAck(received: ReceivedRequest): boolean;

  async reinvite(offer: string): Promise<string> {
    const reinvites = this.#ownReinvites;
    if (!this.isUp || !reinvites) throw new SipRejection(481, 'session is not up');
    return this.#endingWhenLost(() => reinvites.send(offer));
  }

  async update(offer?: string): Promise<string | undefined> {
    const reinvites = this.#ownReinvites;
    if (!reinvites || this.#end) throw new SipRejection(481, 'session has no dialog');
    return this.#endingWhenLost(() => reinvites.update(offer));
  }

  async sendInfo(contentType: string, body: string): Promise<SipResponse> {
    if (!this.isUp) throw new SipRejection(481, 'session is not up');
    const headers = [{ name: 'Content-Type', value: contentType }];
    return this.#endingWhenLost(async () => {
      const response = await this.channel.request('INFO', { headers, body: encoder.encode(body) });
      if (response.status === 481 || response.status === 408) throw rejectionOf(response);
      return response;
    });
  }

  async refer(request: ReferRequest): Promise<Referral> {
    if (!this.isUp) throw new SipRejection(481, 'session is not up');
    return this.#endingWhenLost(() => this.#referrals.send(request));
  }

  /** A request of the peer in this dialog, in a transaction of its own. */
  receive(received: ReceivedRequest, transaction: ServerTransaction): void {
    const { responder } = this.context;
    const { method } = received.request;
    if (this.#end && method !== 'BYE') {
      transaction.respond(responder.create(received, 481));
      return;
    }
    if (!this.channel.dialog.takeRemoteSequence(received.cseq.seq)) {
      transaction.respond(responder.create(received, 500, { reason: 'CSeq Out of Order' }));
      return;
    }
    switch (method) {
      case 'BYE':
        transaction.respond(responder.create(received, 200));
        if (!this.#end) this.onBye(byeReason(received));
        break;
      case 'INVITE':
        this.#receiveInvite(received, transaction);
        break;
      case 'INFO':
        this.#receiveInfo(received, transaction);
        break;
      case 'UPDATE':
        this.receiveOffer(received, transaction);
        break;
      case 'PRACK':
        this.onPrack(received, transaction);
        break;
      case 'REFER':
        this.#peerReferrals ??= new PeerReferrals(this.context, this.channel);
        this.#peerReferrals.receive(received, transaction, this.onRefer);
        break;
      case 'NOTIFY': {
        const { status, ...content } = this.#referrals.receiveNotify(received);
        transaction.respond(responder.create(received, status, content));
        break;
      }
      case 'OPTIONS':
        transaction.respond(responder.create(received, 200, { headers: this.context.capabilities.headers }));
        break;
      default:
        transaction.respond(responder.create(received, 405, { headers: [allowHeader] }));
    }
  }

  receiveAck(received: ReceivedRequest): void {
    if (this.onInitialAck(received) || this.#peerReinvites?.receiveAck(received)) {
      this.#ownReinvites?.peerCompleted();
      return;
    }
    this.logger.debug({ cseq: received.cseq.seq }, 'SIP ACK that nothing waits for');
  }

  /** A request that carries an offer beside what it is for: its 2xx has the answer. */
  protected receiveOffer(received: ReceivedRequest, transaction: ServerTransaction): void {
    this.#peerReinvites?.receiveOffer(received, transaction);
  }

  /** A PRACK; only who has been called awaits one. */
  protected onPrack(received: ReceivedRequest, transaction: ServerTransaction): void {
    transaction.respond(this.context.responder.create(received, 481));
  }

  protected get channel(): DialogChannel {
    if (!this.#channel) throw new SipRejection(481, 'session has no dialog');
    return this.#channel;
  }

  /** Most dialogs never have one. */
  get #referrals(): OwnReferrals {
    this.#ownReferrals ??= new OwnReferrals(this.context, this.channel);
    return this.#ownReferrals;
  }

  /** The INVITE has its 2xx, and nothing has ended the session. */
  get isUp(): boolean {
    return this.#channel?.dialog.state === 'confirmed' && this.#end === undefined;
  }

  protected get hasChannel(): boolean {
    return this.#channel !== undefined;
  }

  /** The dialog that the session lives in from now on; an early one gives way to the one that the 2xx makes. */
  protected join(channel: DialogChannel): void {
    if (this.#channel === channel) return;
    if (this.#channel) {
      this.#stopExchanges();
      this.context.dialogs.remove(this.#channel.dialog);
      this.#ownReferrals = undefined;
      this.#peerReferrals = undefined;
    }
    this.#channel = channel;
    this.context.dialogs.add(channel.dialog, this);
    const { context, exchange, timer, isInitiator } = this;
    const parts: SessionParts = {
      ...{ context, channel, exchange, timer, isInitiator },
      answer: (offer) => {
        if (!this.onOffer) throw new SipRejection(488, 'Not Acceptable Here');
        return this.onOffer(offer);
      },
      onAnswer: (answer) => this.onAnswer?.(answer),
      end: (end) => void this.endWithBye(end),
    };
    const peer = new PeerReinvites(parts, () => this.#ownReinvites?.isPending ?? false);
    this.#peerReinvites = peer;
    this.#ownReinvites = new OwnReinvites(parts, () => peer.isPending || this.awaitsAck);
  }

  /** The early dialog is over, but the session goes on: whatever comes next makes another (RFC 3261 section 12.3). */
  protected leave(): void {
    if (!this.#channel) return;
    this.#stopExchanges();
    this.context.dialogs.remove(this.#channel.dialog);
    this.#channel = undefined;
    this.#peerReinvites = undefined;
    this.#ownReinvites = undefined;
    this.#ownReferrals = undefined;
    this.#peerReferrals = undefined;
  }

  /** Ends the session for its owner; the dialog stays until its BYE is answered, so that one that crosses it is too. */
  protected async endWithBye(end: SessionEnd, given: HeaderLine[] = []): Promise<void> {
    const { channel } = this;
    const isFailure = end.by === 'failure' && end.status !== undefined;
    const headers =
      isFailure && given.length === 0 ? [sipReason(end.status ?? 500, end.reason ?? '')] : given;
    const answered = channel.request('BYE', { headers });
    try {
      this.finish(end, { keepsDialog: true });
      await answered;
    } catch (error) {
      // However the BYE fares, the session has ended (RFC 3261 section 15.1.1).
      this.logger.info({ error: (error as Error).message }, 'SIP BYE was not answered');
    } finally {
      this.context.dialogs.remove(channel.dialog);
    }
  }

  /** Ends the session here without a word to the peer, as the stack closes. */
  abandon(): void {
    this.finish({ by: 'us', reason: 'SIP stack closed' });
  }

  /** Says once that the session has ended, and lets go of everything. */
  protected finish(end: SessionEnd, options: { keepsDialog?: boolean } = {}): void {
    if (this.#end) return;
    this.#end = end;
    this.timer.stop();
    this.#stopExchanges();
    if (this.#channel && !options.keepsDialog) this.context.dialogs.remove(this.#channel.dialog);
    this.context.sessions.delete(this);
    try {
      this.ended.emit(end);
    } catch (error) {
      // The owner's failure must not keep our BYE from being sent.
      this.logger.error({ err: error }, 'listener of an ended SIP session failed');
    }
  }

  #stopExchanges(): void {
    this.#peerReinvites?.stop();
    this.#ownReinvites?.stop();
    this.#ownReferrals?.stop();
    this.#peerReferrals?.stop();
  }

  #receiveInvite(received: ReceivedRequest, transaction: ServerTransaction): void {
    if (this.isUp && this.#peerReinvites) {
      this.#peerReinvites.receive(received, transaction);
      return;
    }
    const { status, message: reason, headers } = overlapping('Earlier INVITE Unanswered');
    transaction.respond(this.context.responder.create(received, status, { reason, headers }));
  }

  #receiveInfo(received: ReceivedRequest, transaction: ServerTransaction): void {
    const { request } = received;
    const { responder } = this.context;
    if (headerValue(request, 'Info-Package') !== undefined) {
      // RFC 6086 section 4.2.2: we have told of no package that we would take.
      const headers = [{ name: 'Recv-Info', value: '' }];
      transaction.respond(responder.create(received, 469, { reason: 'Bad Info Package', headers }));
      return;
    }
    transaction.respond(responder.create(received, 200));
    const contentType = headerValue(request, 'Content-Type') ?? '';
    this.infos.emit({ contentType, body: decoder.decode(request.body) });
  }

  /** A 481 or 408 to a request in the dialog means that the peer has none any more (RFC 3261 section 12.2.1.2). */
  async #endingWhenLost<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const isLost = error instanceof SipRejection && (error.status === 481 || error.status === 408);
      // An early dialog ends with its INVITE.
      if (isLost && this.isUp) this.#endLost(error.status, error.message);
      throw error;
    }
  }

  async #refresh(): Promise<void> {
    const reinvites = this.#ownReinvites;
    if (this.isUp && reinvites) await this.#endingWhenLost(() => reinvites.refresh());
  }

  #endLost(status: number, reason: string): void {
    void this.endWithBye({ by: 'failure', status, reason });
  }
}

/** The text of the BYE's Reason (RFC 3326), kept as it came. */
function byeReason(received: ReceivedRequest): string | undefined {
  return headerValue(received.request, 'Reason');
}
