import { randomInt } from 'node:crypto';
import type { HeaderLine } from '../message/message.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { AnswerRetransmission } from './answer-retransmission.ts';
import { acceptHeader, allowHeader, retryAfter } from './capabilities.ts';
import { sdpContent, sdpOf, UNREADABLE_BODY } from './sdp-body.ts';
import { SipRejection } from './session.ts';
import type { SessionParts } from './session-parts.ts';
import { grantInterval } from './session-timer.ts';

/** RFC 3261 section 14.2 and RFC 3311 section 5.2: between 0 and 10 seconds, at random. */
const MAX_RETRY_AFTER_SECONDS = 10;

const NO_INTERVAL = { interval: undefined, headers: [] };

/** Re-INVITEs and UPDATEs from the peer (RFC 3261 section 14.2, RFC 3311 section 5.2). */
export class PeerReinvites {
  readonly #parts: SessionParts;
  /** A re-INVITE of ours is under way. */
  readonly #isInviting: () => boolean;
  readonly #retransmission: AnswerRetransmission;
  /** Sequence number of the re-INVITE whose ACK has not come. */
  #awaited: number | undefined;

  constructor(parts: SessionParts, isInviting: () => boolean) {
    this.#parts = parts;
    this.#isInviting = isInviting;
    this.#retransmission = new AnswerRetransmission(parts.context.clock, parts.context.timers);
  }

  /** An exchange with the peer is not complete: no re-INVITE of ours may start. */
  get isPending(): boolean {
    return this.#awaited !== undefined;
  }

  receive(received: ReceivedRequest, transaction: ServerTransaction): void {
    this.#answering(received, transaction, (offer) => {
      const { exchange, context, timer } = this.#parts;
      if (this.#isInviting() || exchange.state === 'have-local-offer')
        throw new SipRejection(491, 'Request Pending');
      const { interval, headers } = grantInterval(received.request, context.sessionTimer);
      const sdp = this.#parts.answer(offer);
      if (offer === undefined) exchange.offerLocally(sdp);
      else this.#settle(offer, sdp);
      this.#accept(received, transaction, sdp, headers);
      timer.agree(interval);
    });
  }

  /** An UPDATE, in an early dialog too, or a PRACK with an offer, which refreshes neither target nor timer. */
  receiveOffer(received: ReceivedRequest, transaction: ServerTransaction): void {
    this.#answering(received, transaction, (offer) => {
      const { exchange, context, timer } = this.#parts;
      if (offer !== undefined && exchange.state === 'have-local-offer')
        throw new SipRejection(491, 'Request Pending');
      if (offer !== undefined && exchange.state === 'have-remote-offer')
        throw overlapping('Earlier Offer Unanswered');
      const isRefresh = received.request.method === 'UPDATE';
      const { interval, headers } = isRefresh
        ? grantInterval(received.request, context.sessionTimer)
        : NO_INTERVAL;
      const sdp = offer === undefined ? undefined : this.#parts.answer(offer);
      if (offer !== undefined && sdp !== undefined) this.#settle(offer, sdp);
      this.#respond(received, transaction, sdp, headers);
      if (isRefresh && this.#parts.channel.dialog.state === 'confirmed') timer.agree(interval);
    });
  }

  /** @returns false for an ACK that none of our answers waits for. */
  receiveAck(received: ReceivedRequest): boolean {
    if (this.#awaited !== received.cseq.seq) return false;
    this.#awaited = undefined;
    this.#retransmission.stop();
    const { exchange } = this.#parts;
    if (exchange.state !== 'have-local-offer') return true;
    const answer = sdpOf(received.request);
    if (typeof answer !== 'string') exchange.withdraw();
    else if (exchange.answerRemotely(answer)) this.#parts.onAnswer(answer);
    return true;
  }

  stop(): void {
    this.#awaited = undefined;
    this.#retransmission.stop();
  }

  /** Reads the offer and answers with whatever refusal is thrown. */
  #answering(
    received: ReceivedRequest,
    transaction: ServerTransaction,
    answer: (offer: string | undefined) => void,
  ): void {
    const { responder } = this.#parts.context;
    const offer = sdpOf(received.request);
    if (offer === UNREADABLE_BODY) {
      transaction.respond(responder.create(received, 415, { headers: [acceptHeader] }));
      return;
    }
    try {
      answer(offer);
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      const { status, message: reason, headers } = error;
      transaction.respond(responder.create(received, status, { reason, headers }));
    }
  }

  #settle(offer: string, answer: string): void {
    this.#parts.exchange.offerRemotely(offer);
    this.#parts.exchange.answerLocally(answer);
  }

  #accept(
    received: ReceivedRequest,
    transaction: ServerTransaction,
    sdp: string,
    headers: readonly HeaderLine[],
  ): void {
    this.#awaited = received.cseq.seq;
    const resend = this.#respond(received, transaction, sdp, headers);
    this.#retransmission.start(resend, () => {
      this.#awaited = undefined;
      this.#parts.end({ by: 'failure', status: 408, reason: 'no ACK for the re-INVITE' });
    });
  }

  /** The 2xx, after which requests go where the peer's says. @returns what sends it again. */
  #respond(
    received: ReceivedRequest,
    transaction: ServerTransaction,
    sdp: string | undefined,
    headers: readonly HeaderLine[],
  ): () => void {
    const { channel, context } = this.#parts;
    const content = sdpContent(sdp);
    const response = context.responder.create(received, 200, {
      headers: [
        channel.contact,
        allowHeader,
        context.capabilities.supportedHeader,
        ...headers,
        ...content.headers,
      ],
      body: content.body,
    });
    if (received.request.method !== 'PRACK') {
      channel.dialog.refreshTarget(received.request);
      channel.noteCapabilities(received.request);
      channel.followSource(received);
    }
    transaction.respond(response);
    return () => transaction.respond(response);
  }
}

/** The refusal of what overlaps an exchange of the peer's that is not complete; it may try again after a while. */
export function overlapping(reason: string): SipRejection {
  return new SipRejection(500, reason, [retryAfter(randomInt(MAX_RETRY_AFTER_SECONDS + 1))]);
}
