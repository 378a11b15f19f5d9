import type { Timer } from '../../lib/clock.ts';
import { Dialog } from '../dialog/dialog.ts';
import { parseDecimal } from '../message/characters.ts';
import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipRequest, SipResponse } from '../message/message.ts';
import type { ResponseOptions } from '../message/response.ts';
import { Machine } from '../transaction/machine.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { AnswerRetransmission } from './answer-retransmission.ts';
import { allowHeader } from './capabilities.ts';
import { DialogChannel } from './dialog-channel.ts';
import { DialogSession } from './dialog-session.ts';
import { sipReason } from './reason.ts';
import { ReliableResponses, wantsReliable } from './reliable-responses.ts';
import { findReplaced, type ReplacedSession } from './replaces.ts';
import { newTag } from './responder.ts';
import { sdpContent, sdpOf } from './sdp-body.ts';
import {
  type ServerSessionEffect,
  type ServerSessionInput,
  type ServerSessionState,
  serverSessionTable,
} from './server-session-table.ts';
import { type InviteServerSession, type SessionEnd, SipRejection, type Source } from './session.ts';
import type { SessionContext } from './session-context.ts';
import { grantInterval, type SessionInterval } from './session-timer.ts';
import { answersWithSips } from './sips-contact.ts';

/** A 180 or 183 is repeated each minute, or proxies give up (RFC 3261 section 13.3.1.1). */
const RING_REFRESH_MS = 60_000;
/** Longest Expires that we keep a timer for; a setTimeout takes no more. Seconds. */
const MAX_EXPIRES_SECONDS = 2_000_000;
/** First CSeq of our own requests; any value below 2^31 will do (RFC 3261 section 12.2.1.1). */
const FIRST_LOCAL_SEQUENCE = 0;

/** Why a session that another INVITE has taken over ends. */
const REPLACED = sipReason(200, 'Replaced');

/** An INVITE that came in, as UAS. */
export class ServerSession extends DialogSession implements InviteServerSession {
  readonly request: SipRequest;
  readonly source: Source;
  readonly offer: string | undefined;
  readonly localAddress: string;
  readonly replaces: ReplacedSession | undefined;
  readonly #received: ReceivedRequest;
  readonly #transaction: ServerTransaction;
  readonly #machine: Machine<ServerSessionState, ServerSessionInput, ServerSessionEffect>;
  readonly #retransmission: AnswerRetransmission;
  readonly #accepted = Promise.withResolvers<void>();
  #isAcknowledged = false;
  /** Unset where the caller does not acknowledge provisional responses. */
  readonly #reliable: ReliableResponses | undefined;
  /** The description of the 183. */
  #earlyAnswer: string | undefined;
  #interval: SessionInterval | undefined;
  #answer: SipResponse | undefined;
  #rejection: SipResponse | undefined;
  #end: SessionEnd = { by: 'us' };
  #byeHeaders: HeaderLine[] = [];
  #byeDone: Promise<void> | undefined;
  #ringTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;

  private constructor(
    context: SessionContext,
    received: ReceivedRequest,
    transaction: ServerTransaction,
    offer: string | undefined,
    dialog: Dialog,
    replaces: ReplacedSession | undefined,
  ) {
    super(context, received.callId, false);
    this.request = received.request;
    this.source = received.source;
    this.offer = offer;
    this.replaces = replaces;
    this.localAddress = context.sender.localAddressFor(received.source);
    this.#received = received;
    this.#transaction = transaction;
    this.#machine = new Machine(serverSessionTable, 'ringing', (effect) => this.#perform(effect));
    this.#retransmission = new AnswerRetransmission(context.clock, context.timers);
    const wanted = wantsReliable(received.request);
    if (wanted === 'required' || (wanted === 'supported' && context.reliableProvisional === 'required')) {
      const respond = (response: SipResponse) => transaction.respond(response);
      this.#reliable = new ReliableResponses(context, respond, () => this.#failWithoutPrack());
    }
    // The session's end tells the same; who never calls accept must not see an unhandled rejection.
    this.#accepted.promise.catch(() => {});
    const { request, source } = received;
    const contact = context.sender.contactFor(source, request.uri.user, answersWithSips(request));
    const channel = new DialogChannel(dialog, context.sender, contact);
    channel.followSource(received);
    channel.noteCapabilities(request);
    if (offer !== undefined) this.exchange.offerRemotely(offer);
    this.join(channel);
    this.#watchExpiry();
  }

  /**
   * Makes the session of an INVITE. @throws {SipRejection} 400 for one without a Contact, which no dialog can be made with;
   * 422 for too short an interval; for a Replaces that cannot be followed as {@link findReplaced}.
   */
  static create(
    context: SessionContext,
    received: ReceivedRequest,
    transaction: ServerTransaction,
    offer: string | undefined,
  ): ServerSession {
    grantInterval(received.request, context.sessionTimer);
    const replaces = findReplaced(received, context.dialogs);
    const dialog = Dialog.fromInvite(received.request, newTag(), FIRST_LOCAL_SEQUENCE);
    if (!dialog) throw new SipRejection(400, 'Missing or Malformed Contact');
    return new ServerSession(context, received, transaction, offer, dialog, replaces);
  }

  /** The tag that our responses to the INVITE, and to its CANCEL, bear in To. */
  get localTag(): string {
    return this.channel.dialog.localTag;
  }

  ring(): void {
    this.#machine.take('ring');
  }

  progress(sdp: string): void {
    if (this.offer === undefined && !this.#reliable)
      throw new TypeError('an INVITE without an offer has no answer for a 183');
    if (!this.#machine.accepts('progress')) return;
    this.#earlyAnswer = sdp;
    this.#machine.take('progress');
  }

  async accept(sdp: string): Promise<void> {
    if (!this.#machine.accepts('accept')) throw new SipRejection(487, 'INVITE is no longer open');
    if (this.#earlyAnswer !== undefined && this.#earlyAnswer !== sdp)
      throw new TypeError('the 200 must have the answer of the 183');
    if (this.replaces?.earlyOnly && this.replaces.session.isUp) {
      this.reject(486);
      throw new SipRejection(486, 'the dialog to replace was answered');
    }
    if (this.#reliable?.isDescribing) {
      await this.#reliable.described;
      if (!this.#machine.accepts('accept')) throw new SipRejection(487, 'INVITE is no longer open');
    }
    // What a reliable 183 has settled is not told again (RFC 6337 section 2.2).
    const isSettled = this.#reliable !== undefined && this.exchange.local !== undefined;
    const content = sdpContent(isSettled ? undefined : sdp);
    const { interval, headers: granted } = grantInterval(this.request, this.context.sessionTimer);
    this.#interval = interval;
    const { supportedHeader } = this.context.capabilities;
    const headers = [this.channel.contact, allowHeader, supportedHeader, ...granted, ...content.headers];
    this.#answer = this.#createResponse(200, { headers, body: content.body });
    if (this.offer !== undefined) this.exchange.answerLocally(sdp);
    else if (!isSettled) this.exchange.offerLocally(sdp);
    this.#machine.take('accept');
    await this.#accepted.promise;
  }

  reject(status: number, options: { reason?: string; headers?: HeaderLine[] } = {}): void {
    if (!Number.isInteger(status) || status < 300 || status > 699)
      throw new RangeError(`not a status to reject with: ${status}`);
    if (!this.#machine.accepts('reject')) return;
    this.#rejection = this.#createResponse(status, options);
    this.#take('reject', { by: 'us', status, ...(options.reason ? { reason: options.reason } : {}) });
  }

  /** The caller's CANCEL. Too late once a final response was sent (RFC 3261 section 9.2). */
  cancel({ request }: ReceivedRequest): void {
    const reason = headerValue(request, 'Reason');
    const why = reason === undefined ? {} : { reason };
    this.#take('cancel', { by: 'peer', cancelled: true, status: 487, ...why });
  }

  /** Before the answer this refuses with 480; between 2xx and ACK it waits for the ACK. */
  async bye(headers: HeaderLine[] = []): Promise<void> {
    if (this.#isOpen) {
      this.reject(480);
      return;
    }
    if (this.#machine.state === 'answered') await this.#accepted.promise.catch(() => {});
    if (this.#machine.accepts('bye')) {
      this.#byeHeaders = headers;
      this.#take('bye', { by: 'us' });
    }
    await this.#byeDone;
  }

  protected get awaitsAck(): boolean {
    return this.#machine.state === 'answered';
  }

  /** No final response was sent. */
  get #isOpen(): boolean {
    return this.#machine.accepts('accept');
  }

  protected onBye(reason: string | undefined): void {
    const cancelled = this.#isOpen;
    this.#take('peer-bye', {
      by: 'peer',
      ...(cancelled ? { cancelled, status: 487 } : {}),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  protected onInitialAck(received: ReceivedRequest): boolean {
    if (received.cseq.seq !== this.#received.cseq.seq) return false;
    if (!this.#machine.accepts('ack')) return this.#machine.state === 'confirmed';
    const isOfferOpen = this.exchange.state === 'have-local-offer';
    if (this.offer === undefined && isOfferOpen && !this.#takeLateAnswer(received)) return true;
    this.#machine.take('ack');
    return true;
  }

  protected override endWithBye(end: SessionEnd, headers: HeaderLine[] = []): Promise<void> {
    this.#byeDone ??= super.endWithBye(end, headers);
    return this.#byeDone;
  }

  protected override finish(end: SessionEnd, options: { keepsDialog?: boolean } = {}): void {
    this.#stopRinging();
    this.#retransmission.stop();
    if (!this.#isAcknowledged) {
      this.#accepted.reject(new SipRejection(end.status ?? 487, end.reason ?? 'caller has left'));
    }
    super.finish(end, options);
  }

  /** The answer to the offer that our 2xx made; without one there is no session (RFC 3264 section 4). */
  #takeLateAnswer(ack: ReceivedRequest): boolean {
    const answer = sdpOf(ack.request);
    if (typeof answer === 'string') {
      this.exchange.answerRemotely(answer);
      this.onAnswer?.(answer);
      return true;
    }
    this.#retransmission.stop();
    this.#take('no-ack', { by: 'failure', status: 488, reason: 'no answer in the ACK' });
    return false;
  }

  protected override onPrack(received: ReceivedRequest, transaction: ServerTransaction): void {
    const { responder } = this.context;
    const reliable = this.#reliable;
    if (!reliable?.acknowledge(received.request, this.#received.cseq.seq)) {
      transaction.respond(responder.create(received, 481));
      return;
    }
    const sdp = sdpOf(received.request);
    const isAnswer = this.exchange.state === 'have-local-offer';
    if (isAnswer && typeof sdp !== 'string') this.exchange.withdraw();
    if (isAnswer && typeof sdp === 'string') {
      this.exchange.answerRemotely(sdp);
      this.onAnswer?.(sdp);
    }
    if (isAnswer || sdp === undefined) transaction.respond(responder.create(received, 200));
    else this.receiveOffer(received, transaction);
    reliable.sendNext();
  }

  #take(input: ServerSessionInput, end: SessionEnd): void {
    if (!this.#machine.accepts(input)) return;
    this.#end = end;
    this.#machine.take(input);
  }

  #perform(effect: ServerSessionEffect): void {
    switch (effect) {
      case 'send-180':
        this.#sendProvisional(180, undefined);
        this.#refreshRinging();
        break;
      case 'send-183':
        this.#sendProvisional(183, this.#earlyAnswer);
        this.#refreshRinging();
        break;
      case 'stop-ringing':
        this.#stopRinging();
        break;
      case 'send-200':
        this.channel.dialog.state = 'confirmed';
        this.#sendAnswer();
        break;
      case 'start-retransmission':
        this.#retransmission.start(
          () => this.#sendAnswer(),
          () => this.#take('no-ack', { by: 'failure', status: 408, reason: 'no ACK' }),
        );
        break;
      case 'stop-retransmission':
        this.#retransmission.stop();
        break;
      case 'send-rejection':
        if (this.#rejection) this.#transaction.respond(this.#rejection);
        break;
      case 'send-487':
        this.#transaction.respond(this.#createResponse(487));
        break;
      case 'confirm':
        this.#isAcknowledged = true;
        this.timer.agree(this.#interval);
        this.#accepted.resolve();
        // What is replaced ends once what replaces it stands (RFC 3891 section 3).
        void this.replaces?.session.bye([REPLACED]);
        break;
      case 'send-bye':
        void this.endWithBye(this.#end, this.#byeHeaders);
        break;
      case 'end':
        this.finish(this.#end);
        break;
    }
  }

  /** 180 or 183, reliably where the caller is to acknowledge it (RFC 3262 section 3). */
  #sendProvisional(status: number, sdp: string | undefined): void {
    const create = (extra: HeaderLine[], description: string | undefined) => {
      const { headers, body } = sdpContent(description);
      return this.#createResponse(status, {
        headers: [this.channel.contact, allowHeader, ...extra, ...headers],
        body,
      });
    };
    if (!this.#reliable) {
      this.#transaction.respond(create([], sdp));
      return;
    }
    // The first reliable response to an INVITE without an offer must make one, which ringing has not (section 5).
    if (this.offer === undefined && sdp === undefined && this.exchange.local === undefined) return;
    // A description is told once: what repeats a 183 for proxies bears none.
    const description =
      this.exchange.state === 'stable' && this.exchange.local !== undefined ? undefined : sdp;
    if (description !== undefined && this.offer === undefined) this.exchange.offerLocally(description);
    else if (description !== undefined) this.exchange.answerLocally(description);
    this.#reliable.send({
      create: (extra) => create(extra, description),
      isDescription: description !== undefined,
    });
  }

  #sendAnswer(): void {
    if (this.#answer) this.#transaction.respond(this.#answer);
  }

  #createResponse(status: number, content: ResponseOptions = {}): SipResponse {
    return this.context.responder.create(this.#received, status, { ...content, toTag: this.localTag });
  }

  #failWithoutPrack(): void {
    this.#rejection = this.#createResponse(504);
    this.#take('reject', { by: 'failure', status: 504, reason: 'no PRACK' });
  }

  #stopRinging(): void {
    this.#reliable?.stop();
    this.context.clock.clearTimeout(this.#ringTimer);
    this.context.clock.clearTimeout(this.#expiryTimer);
  }

  #refreshRinging(): void {
    this.context.clock.clearTimeout(this.#ringTimer);
    this.#ringTimer = this.context.clock.setTimeout(() => this.ring(), RING_REFRESH_MS);
  }

  /** An invitation may name the time after which nobody waits for it (RFC 3261 section 13.3.1). */
  #watchExpiry(): void {
    const seconds = parseDecimal(headerValue(this.request, 'Expires') ?? '', MAX_EXPIRES_SECONDS);
    if (seconds === undefined || seconds === 0) return;
    const expire = () =>
      this.#take('expire', { by: 'failure', cancelled: true, status: 487, reason: 'expired' });
    this.#expiryTimer = this.context.clock.setTimeout(expire, seconds * 1000);
  }
}
