import type { Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipResponse } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { cancelFor } from '../transaction/hop-requests.ts';
import { Machine } from '../transaction/machine.ts';
import { TIMEOUT_FACTOR } from '../transaction/timers.ts';
import { authorizationFor } from './client-authentication.ts';
import {
  type ClientSessionEffect,
  type ClientSessionInput,
  type ClientSessionState,
  clientSessionTable,
} from './client-session-table.ts';
import type { DialogChannel } from './dialog-channel.ts';
import { DialogSession } from './dialog-session.ts';
import { ForkChannels, MAX_FORKS } from './fork-channels.ts';
import { draftInvite, type InviteDraft, inviteRequest } from './invite-request.ts';
import { proxyFor } from './outbound-proxy.ts';
import { PrackSender } from './prack-sender.ts';
import { COMPLETED_ELSEWHERE } from './reason.ts';
import { RELIABLE, reliableSequence } from './reliable-responses.ts';
import type { SentMessage } from './request-sender.ts';
import { sdpContent, sdpOf } from './sdp-body.ts';
import {
  type InviteClientSession,
  type OutboundInvite,
  type SessionEnd,
  SipRejection,
  type Source,
} from './session.ts';
import type { SessionContext } from './session-context.ts';
import { grantedInterval } from './session-timer.ts';

/** Proxies and the server may ask for the account once each, once more where a nonce was stale, and once for a longer interval. */
const MAX_RETRIES = 5;

/** An INVITE that goes out, as UAC. */
export class ClientSession extends DialogSession implements InviteClientSession {
  readonly provisionals = new Emitter<SipResponse>();
  readonly answered: Promise<SipResponse>;
  readonly #invite: InviteDraft;
  readonly #machine: Machine<ClientSessionState, ClientSessionInput, ClientSessionEffect>;
  readonly #answer = Promise.withResolvers<SipResponse>();
  /** The ACK sent for each 2xx, by To tag: a fork has several, and each may come again. */
  readonly #acks = new Map<string, Promise<SentMessage>>();
  readonly #forks: ForkChannels;
  readonly #pracks: PrackSender;
  #destination: Source | undefined;
  #transaction: ClientTransaction | undefined;
  #response: SipResponse | undefined;
  #retries = 0;
  #isAnswered = false;
  #authorization: HeaderLine[] = [];
  #end: SessionEnd = { by: 'us' };
  #byeHeaders: HeaderLine[] = [];
  #byeDone: Promise<void> | undefined;
  #cancelTimer: Timer | undefined;

  private constructor(context: SessionContext, invite: InviteDraft, destination: Source | undefined) {
    super(context, invite.callId, true);
    this.#invite = invite;
    this.#destination = destination;
    this.#forks = new ForkChannels(context, invite);
    this.#pracks = new PrackSender(this.logger);
    this.#machine = new Machine(clientSessionTable, 'calling', (effect) => this.#perform(effect));
    this.answered = this.#answer.promise;
    // The session's end tells the same; who awaits only that must not see an unhandled rejection.
    this.answered.catch(() => {});
  }

  /** Sends an INVITE. @throws {SipRejection} 416 for a URI that we cannot send to. */
  static start(context: SessionContext, options: OutboundInvite): ClientSession {
    const proxy = proxyFor(context, options.destination);
    const invite = draftInvite(options, proxy);
    const located = proxy
      ? context.sender.locate(proxy.uri)
      : (options.destination ?? context.sender.locate(invite.uri));
    const isKnown = !(located instanceof Promise);
    const session = new ClientSession(context, invite, isKnown ? located : undefined);
    if (isKnown) session.#sendInvite(located);
    else
      located.then((destination) => session.#sendInvite(destination)).catch((error) => session.#fail(error));
    return session;
  }

  get localAddress(): string {
    return this.context.sender.localAddressFor(this.#destination);
  }

  cancel(headers: HeaderLine[] = []): void {
    this.#byeHeaders = headers;
    if (this.#machine.state === 'confirmed') void this.bye(headers);
    else this.#take('cancel', { by: 'us', cancelled: true, status: 487, reason: 'cancelled' });
  }

  /** Before the answer this cancels. */
  async bye(headers: HeaderLine[] = []): Promise<void> {
    if (this.#machine.state !== 'confirmed') {
      this.cancel(headers);
      await this.#byeDone;
      return;
    }
    // The 2xx of this session was acknowledged or is about to be; its BYE must not overtake the ACK.
    await this.answered.catch(() => {});
    if (this.#machine.accepts('bye')) {
      this.#byeHeaders = headers;
      this.#take('bye', { by: 'us' });
    }
    await this.#byeDone;
  }

  /** The ACK is ours to send here, with the answer in it. */
  protected get awaitsAck(): boolean {
    return false;
  }

  protected onBye(reason: string | undefined): void {
    this.#take('peer-bye', { by: 'peer', ...(reason === undefined ? {} : { reason }) });
  }

  protected onInitialAck(): boolean {
    return false;
  }

  protected override endWithBye(end: SessionEnd, headers: HeaderLine[] = []): Promise<void> {
    this.#byeDone ??= super.endWithBye(end, headers);
    return this.#byeDone;
  }

  protected override finish(end: SessionEnd, options: { keepsDialog?: boolean } = {}): void {
    this.context.clock.clearTimeout(this.#cancelTimer);
    if (!this.#isAnswered) {
      this.#answer.reject(new SipRejection(end.status ?? 487, end.reason ?? 'session has ended'));
    }
    super.finish(end, options);
  }

  #sendInvite(destination: Source): void {
    this.#destination = destination;
    if (this.#machine.state !== 'calling') {
      this.#take('failure', this.#end);
      return;
    }
    const { sender, productName, capabilities, reliableProvisional } = this.context;
    const contact = this.#forks.contactFor(destination);
    const required = reliableProvisional === 'required' ? [{ name: 'Require', value: RELIABLE }] : [];
    const extras = [
      capabilities.supportedHeader,
      ...required,
      ...this.timer.requestHeaders,
      ...this.#authorization,
    ];
    const request = inviteRequest(this.#invite, contact, productName, extras);
    if (this.#invite.sdp !== undefined) this.exchange.offerLocally(this.#invite.sdp);
    this.#transaction = sender.send(request, destination, {
      onResponse: (response) => this.#receive(response),
      onTimeout: () => this.#fail(new SipRejection(408, 'no response')),
      onTransportError: (error) => this.#fail(new SipRejection(503, error.message)),
    });
  }

  #fail(error: unknown): void {
    const rejection = error instanceof SipRejection ? error : new SipRejection(500, String(error));
    this.#take('failure', { by: 'failure', status: rejection.status, reason: rejection.message });
  }

  #receive(response: SipResponse): void {
    this.#response = response;
    if (response.status < 200) this.#receiveProvisional(response);
    else if (response.status < 300) this.#receiveSuccess(response);
    else if (this.#canSendAgain(response)) this.#take('retry', this.#end);
    else this.#take('failure', { by: 'peer', status: response.status, reason: response.reason });
  }

  #receiveProvisional(response: SipResponse): void {
    const transaction = this.#transaction;
    if (transaction && response.status > 100) {
      const channel = this.#forks.early(response, transaction);
      channel?.noteCapabilities(response);
      if (!this.#pracks.isInOrder(response, channel)) {
        this.#machine.take('unheeded-provisional');
        return;
      }
      if (channel && !this.hasChannel) this.join(channel);
      this.#acknowledgeProvisional(response, channel);
    }
    this.#machine.take('provisional');
  }

  #receiveSuccess(response: SipResponse): void {
    const tag = tagOf(headerValue(response, 'To')) ?? '';
    const known = this.#acks.get(tag);
    if (known) {
      known.then((ack) => ack.resend()).catch((error) => this.#warn(error, 'SIP ACK not sent again'));
      return;
    }
    const transaction = this.#transaction;
    const channel = transaction && this.#forks.confirmed(response, transaction);
    if (!channel) {
      this.#take('failure', { by: 'failure', status: 502, reason: '2xx that makes no dialog' });
    } else if (this.#machine.accepts('success')) {
      channel.noteCapabilities(response);
      // Another fork answers than the one whose description was in force.
      if (this.hasChannel && this.channel !== channel) this.exchange.restart(this.#invite.sdp);
      this.join(channel);
      this.#machine.take('success');
    } else if (this.#acks.size < MAX_FORKS) {
      this.#hangUpFork(channel);
    }
  }

  /** A challenge that we can answer, or an interval that we can raise; each is tried a few times at most. */
  #canSendAgain(response: SipResponse): boolean {
    if (this.#retries >= MAX_RETRIES) return false;
    const isWorthIt = this.timer.raise(response) || this.#answerChallenge(response);
    if (isWorthIt) this.#retries += 1;
    return isWorthIt;
  }

  #answerChallenge(response: SipResponse): boolean {
    const isChallenge = response.status === 401 || response.status === 407;
    const { credentials } = this.#invite;
    if (!isChallenge || !credentials || !this.#transaction) return false;
    const authorization = authorizationFor(this.#transaction.request, response, credentials);
    if (!authorization) return false;
    this.#authorization = authorization;
    return true;
  }

  #take(input: ClientSessionInput, end: SessionEnd): void {
    if (!this.#machine.accepts(input)) return;
    // Once we have given up, that is how it ended, whatever response it takes.
    if (!this.#end.cancelled) this.#end = end;
    this.#machine.take(input);
  }

  #perform(effect: ClientSessionEffect): void {
    switch (effect) {
      case 'pass-provisional':
        if (this.#response) this.provisionals.emit(this.#response);
        break;
      case 'send-again':
        this.#invite.sequence += 1;
        this.#forks.restart(this.#authorization);
        this.#pracks.clear();
        this.leave();
        this.exchange.restart(this.#invite.sdp);
        if (this.#destination) this.#sendInvite(this.#destination);
        break;
      case 'send-cancel':
        this.#sendCancel();
        break;
      case 'confirm':
        void this.#confirm();
        break;
      case 'hang-up':
        this.#rejectAnswer();
        void this.#acknowledge().then(
          () => this.endWithBye(this.#end, this.#byeHeaders),
          (error) => this.#abandon(error),
        );
        break;
      case 'fail':
        this.#rejectAnswer();
        this.finish(this.#end);
        break;
      case 'end':
        this.finish(this.#end);
        break;
      case 'send-bye':
        void this.endWithBye(this.#end, this.#byeHeaders);
        break;
    }
  }

  /** The 2xx has come: acknowledges it, with our answer where the offer came in it. */
  async #confirm(): Promise<void> {
    const response = this.#response;
    try {
      await this.#acknowledge(response && this.#lateAnswer(response));
      if (!response) return;
      this.#isAnswered = true;
      this.timer.agree(grantedInterval(response, this.context.sessionTimer));
      this.#answer.resolve(response);
    } catch (error) {
      await this.#abandon(error);
    }
  }

  /** PRACK, where the response wants one, with the answer to its offer. */
  #acknowledgeProvisional(response: SipResponse, channel: DialogChannel | undefined): void {
    if (reliableSequence(response) === undefined) return;
    let answer: string | undefined;
    try {
      answer = sdpOf(response) === undefined ? undefined : this.#lateAnswer(response);
    } catch (error) {
      // Without our answer the peer ends the call, or offers again in its 2xx.
      this.#warn(error, 'SIP offer in a provisional response not answered');
    }
    this.#pracks.acknowledge(response, channel, this.#invite.sequence, answer);
  }

  /** @throws {SipRejection} where a late offer is missing or is not answered. */
  #lateAnswer(response: SipResponse): string | undefined {
    const sdp = sdpOf(response);
    const isSettled = this.exchange.remote !== undefined && this.exchange.state === 'stable';
    if (this.#invite.sdp !== undefined || isSettled) {
      if (typeof sdp === 'string') this.exchange.answerRemotely(sdp);
      return undefined;
    }
    if (typeof sdp !== 'string' || !this.onOffer) throw new SipRejection(488, 'no offer or answer');
    const answer = this.onOffer(sdp);
    this.exchange.offerRemotely(sdp);
    this.exchange.answerLocally(answer);
    return answer;
  }

  async #acknowledge(answer?: string): Promise<void> {
    const ack = this.channel.ack(this.#invite.sequence, sdpContent(answer));
    this.#acks.set(this.channel.dialog.remoteTag, ack);
    await ack;
  }

  /** A session that was answered but cannot be: its 2xx is acknowledged without an answer where it was not, then ended. */
  async #abandon(error: unknown): Promise<void> {
    this.#warn(error, 'SIP session cannot go on after its 2xx');
    const rejection = error instanceof SipRejection ? error : new SipRejection(500, String(error));
    if (!this.#acks.has(this.channel.dialog.remoteTag)) {
      await this.#acknowledge().catch((failure) => this.#warn(failure, 'SIP ACK not sent'));
    }
    this.#answer.reject(rejection);
    this.#take('bye', { by: 'failure', status: rejection.status, reason: rejection.message });
    // From a cancelled INVITE no BYE is taken any more; the session ends all the same.
    if (this.context.sessions.has(this)) await this.endWithBye(this.#end);
  }

  #rejectAnswer(): void {
    this.#answer.reject(
      new SipRejection(this.#end.status ?? 487, this.#end.reason ?? '', this.#response?.headers),
    );
  }

  #sendCancel(): void {
    const invite = this.#transaction;
    if (!invite) return;
    this.context.sender.sendOnBranch(cancelFor(invite.request, this.#byeHeaders), invite.destination, {
      onResponse: () => {},
      onTimeout: () => this.logger.info({}, 'SIP CANCEL was not answered'),
      onTransportError: (error) => this.#warn(error, 'SIP CANCEL not sent'),
    });
    // A server of RFC 2543 may never send the 487 (RFC 3261 section 9.1).
    const { clock, timers } = this.context;
    this.#cancelTimer = clock.setTimeout(() => {
      invite.giveUp();
      this.#take('cancel-timeout', this.#end);
    }, TIMEOUT_FACTOR * timers.t1Ms);
  }

  /** Another fork answered too: it is acknowledged and ended (RFC 3261 section 13.2.2.4). */
  #hangUpFork(fork: DialogChannel): void {
    const ack = fork.ack(this.#invite.sequence);
    this.#acks.set(fork.dialog.remoteTag, ack);
    const headers = [COMPLETED_ELSEWHERE];
    ack
      .then(() => fork.request('BYE', { headers }))
      .catch((error) => this.#warn(error, 'SIP fork could not be ended'));
  }

  #warn(error: unknown, message: string): void {
    this.logger.warn({ error: error instanceof Error ? error.message : String(error) }, message);
  }
}
