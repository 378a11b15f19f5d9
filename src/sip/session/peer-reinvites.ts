import { randomInt } from 'node:crypto';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { AnswerRetransmission } from './answer-retransmission.ts';
import { acceptHeader, allowHeader, retryAfter, supportedHeader } from './capabilities.ts';
import type { DialogChannel } from './dialog-channel.ts';
import { sdpContent, sdpOf, UNREADABLE_BODY } from './sdp-body.ts';
import { SipRejection } from './session.ts';
import type { SessionContext } from './session-context.ts';

/** RFC 3261 section 14.2: between 0 and 10 seconds, at random. */
const MAX_RETRY_AFTER_SECONDS = 10;

/** What the session decides about a re-INVITE. */
export interface ReinvitePolicy {
  /** A re-INVITE of ours is under way. */
  isGlare(): boolean;
  /** The answer to the offer, or our offer where it has none. @throws {SipRejection} */
  answer(offer: string | undefined): string;
  onAnswer(answer: string): void;
  /** Our 2xx was never acknowledged: the session is to end with a BYE. */
  onNoAck(): void;
}

interface AwaitedAck {
  sequence: number;
  /** Our offer is in the 2xx, the answer comes in the ACK. */
  isLateOffer: boolean;
}

/** Re-INVITEs from the peer (RFC 3261 section 14.2). */
export class PeerReinvites {
  readonly #context: SessionContext;
  readonly #channel: DialogChannel;
  readonly #policy: ReinvitePolicy;
  readonly #retransmission: AnswerRetransmission;
  #awaited: AwaitedAck | undefined;

  constructor(context: SessionContext, channel: DialogChannel, policy: ReinvitePolicy) {
    this.#context = context;
    this.#channel = channel;
    this.#policy = policy;
    this.#retransmission = new AnswerRetransmission(context.clock, context.timers);
  }

  /** An exchange with the peer is not complete: no re-INVITE of ours may start. */
  get isPending(): boolean {
    return this.#awaited !== undefined;
  }

  receive(received: ReceivedRequest, transaction: ServerTransaction): void {
    const { responder } = this.#context;
    if (this.#policy.isGlare() || this.#awaited?.isLateOffer) {
      transaction.respond(responder.create(received, 491));
      return;
    }
    const offer = sdpOf(received.request);
    if (offer === UNREADABLE_BODY) {
      transaction.respond(responder.create(received, 415, { headers: [acceptHeader] }));
      return;
    }
    try {
      this.#accept(received, transaction, offer, this.#policy.answer(offer));
    } catch (error) {
      if (!(error instanceof SipRejection)) throw error;
      const { status, message: reason, headers } = error;
      transaction.respond(responder.create(received, status, { reason, headers }));
    }
  }

  /** @returns false for an ACK that none of our answers waits for. */
  receiveAck(received: ReceivedRequest): boolean {
    const awaited = this.#awaited;
    if (awaited?.sequence !== received.cseq.seq) return false;
    this.#awaited = undefined;
    this.#retransmission.stop();
    const answer = awaited.isLateOffer ? sdpOf(received.request) : undefined;
    if (typeof answer === 'string') this.#policy.onAnswer(answer);
    return true;
  }

  stop(): void {
    this.#awaited = undefined;
    this.#retransmission.stop();
  }

  #accept(
    received: ReceivedRequest,
    transaction: ServerTransaction,
    offer: string | undefined,
    sdp: string,
  ): void {
    const content = sdpContent(sdp);
    const response = this.#context.responder.create(received, 200, {
      headers: [this.#channel.contact, allowHeader, supportedHeader, ...content.headers],
      body: content.body,
    });
    this.#channel.dialog.refreshTarget(received.request);
    this.#channel.followSource(received);
    this.#awaited = { sequence: received.cseq.seq, isLateOffer: offer === undefined };
    transaction.respond(response);
    this.#retransmission.start(
      () => transaction.respond(response),
      () => {
        this.#awaited = undefined;
        this.#policy.onNoAck();
      },
    );
  }
}

/** The refusal of a re-INVITE while an earlier INVITE of the peer is unanswered. */
export function unansweredInviteRefusal(): SipRejection {
  const seconds = randomInt(MAX_RETRY_AFTER_SECONDS + 1);
  return new SipRejection(500, 'Earlier INVITE Unanswered', [retryAfter(seconds)]);
}
