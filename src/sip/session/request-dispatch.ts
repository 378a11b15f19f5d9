import type { Logger } from '../../lib/logger.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Transactions, TransactionUser } from '../transaction/transactions.ts';
import { retryAfter } from './capabilities.ts';
import { ServerSession } from './invite-server-session.ts';
import { checkInvite, checkRequest, type Refusal } from './request-checks.ts';
import { sdpOf } from './sdp-body.ts';
import { type Admission, SipRejection, type UserAgentHandlers } from './session.ts';
import type { SessionContext } from './session-context.ts';
import { UnrecognisedInvites } from './unrecognised-invites.ts';

/**
 * How long the owner of an INVITE may take before its caller gets 100, in milliseconds. RFC 3261 section 17.2.1 allows 200; most
 * calls ring before, and save the datagram.
 */
const TRYING_DELAY_MS = 100;

/**
 * The core of the user agent (RFC 3261 section 8.2): decides what a new request is, makes sessions of INVITEs, and hands
 * requests inside dialogs to their sessions. Refusals that need no memory are sent without a transaction (section 8.2.7).
 */
export class RequestDispatch implements TransactionUser {
  readonly #context: SessionContext;
  readonly #transactions: Transactions;
  readonly #handlers: UserAgentHandlers;
  readonly #logger: Logger;
  readonly #unrecognised: UnrecognisedInvites;

  constructor(context: SessionContext, transactions: Transactions, handlers: UserAgentHandlers) {
    this.#context = context;
    this.#transactions = transactions;
    this.#handlers = handlers;
    this.#logger = context.logger;
    this.#unrecognised = new UnrecognisedInvites(context);
  }

  /** Answers nothing that it has not begun to answer. */
  close(): void {
    this.#unrecognised.clear();
  }

  onRequest(received: ReceivedRequest): void {
    if (received.request.method === 'CANCEL') this.#cancel(received);
    else if (received.toTag !== undefined) this.#receiveInDialog(received, received.toTag);
    else this.#receiveInitial(received);
  }

  onAck(received: ReceivedRequest): void {
    this.#sessionOf(received, received.toTag ?? '')?.receiveAck(received);
  }

  /** A request that is malformed but can be answered; one that its owner would drop stays unanswered. */
  refuseMalformed(received: ReceivedRequest, refusal: Refusal): void {
    if (this.#handlers.admit(received.request, received.source) !== 'drop') this.#refuse(received, refusal);
  }

  #cancel(received: ReceivedRequest): void {
    const invite = this.#transactions.findCancelled(received);
    const toTag = invite?.localTag;
    if (!invite || toTag === undefined) {
      // It may belong to an INVITE that was dropped in silence, and then stays unanswered as well.
      this.refuseMalformed(received, { status: 481 });
      return;
    }
    this.#serve(received, (transaction) => {
      transaction.respond(this.#context.responder.create(received, 200, { toTag }));
      invite.onCancel?.(received);
    });
  }

  #receiveInDialog(received: ReceivedRequest, toTag: string): void {
    const session = this.#sessionOf(received, toTag);
    const refusal = session ? checkRequest(received, this.#context.capabilities) : { status: 481 };
    if (refusal || !session) this.#refuse(received, refusal ?? { status: 481 });
    else this.#serve(received, (transaction) => session.receive(received, transaction));
  }

  #receiveInitial(received: ReceivedRequest): void {
    const { request, source } = received;
    const verdict = this.#handlers.admit(request, source);
    if (verdict === 'drop') return;
    const answer = () => this.#answerInitial(received, verdict);
    const isInvite = request.method === 'INVITE';
    if (isInvite && this.#unrecognised.isPassedOver(received)) return;
    const isKnown = !isInvite || (this.#handlers.recognises?.(request, source) ?? true);
    if (isKnown === true) answer();
    else this.#unrecognised.ask(received, isKnown, answer);
  }

  #answerInitial(received: ReceivedRequest, verdict: Exclude<Admission, 'drop'>): void {
    const refusal = verdict === 'accept' ? this.#checkInitial(received) : overloaded(secondsOf(verdict));
    if (refusal) this.#refuse(received, refusal);
    else if (received.request.method === 'INVITE') this.#invite(received);
    else this.#refuse(received, { status: 200, headers: this.#context.capabilities.headers });
  }

  #checkInitial(received: ReceivedRequest): Refusal | undefined {
    const { method } = received.request;
    const refusal = checkRequest(received, this.#context.capabilities);
    if (refusal) return refusal;
    // We place calls for who is in a call with us, for nobody else.
    if (method === 'REFER') return { status: 403 };
    if (method !== 'INVITE' && method !== 'OPTIONS') return { status: 481 };
    if (this.#transactions.isMerged(received)) return { status: 482, reason: 'Merged Request' };
    return method === 'INVITE' ? checkInvite(received) : undefined;
  }

  #invite(received: ReceivedRequest): void {
    this.#serve(received, (transaction) => {
      transaction.respondLater(TRYING_DELAY_MS, () => this.#context.responder.create(received, 100));
      const sdp = sdpOf(received.request);
      const offer = typeof sdp === 'string' ? sdp : undefined;
      const session = ServerSession.create(this.#context, received, transaction, offer);
      transaction.localTag = session.localTag;
      transaction.onCancel = (cancel) => session.cancel(cancel);
      transaction.onTimeout = this.#unacknowledged(received.callId);
      try {
        this.#handlers.onInvite(session);
      } catch (error) {
        this.#logger.error({ err: error, sipCallId: received.callId }, 'INVITE could not be handled');
        session.reject(500);
      }
    });
  }

  /** Handles a request in a transaction of its own; whatever goes wrong, the transaction gets its final response. */
  #serve(received: ReceivedRequest, handle: (transaction: ServerTransaction) => void): void {
    const transaction = this.#transactions.serve(received);
    if (!transaction) {
      this.#refuse(received, overloaded());
      return;
    }
    const { callId } = received;
    transaction.onTransportError = (error) =>
      this.#logger.info({ error: error.message, sipCallId: callId }, 'SIP response not delivered');
    try {
      handle(transaction);
    } catch (error) {
      const isRejection = error instanceof SipRejection;
      if (!isRejection) {
        const { method } = received.request;
        this.#logger.error(
          { err: error, method, sipCallId: received.callId },
          'SIP request could not be handled',
        );
      }
      const status = isRejection ? error.status : 500;
      const content = isRejection ? { reason: error.message, headers: error.headers } : {};
      transaction.respond(this.#context.responder.create(received, status, content));
    }
  }

  /** Made where no session is in sight: it lives as long as the transaction, which outlives the session. */
  #unacknowledged(sipCallId: string): () => void {
    return () => this.#logger.debug({ sipCallId }, 'SIP refusal of an INVITE was not acknowledged');
  }

  #refuse(received: ReceivedRequest, refusal: Refusal): void {
    const { status, ...content } = refusal;
    this.#transactions.respondStatelessly(
      received,
      this.#context.responder.create(received, status, content),
    );
  }

  #sessionOf(received: ReceivedRequest, localTag: string) {
    return this.#context.dialogs.find({
      callId: received.callId,
      localTag,
      remoteTag: received.fromTag,
    });
  }
}

function secondsOf(verdict: Exclude<Admission, 'drop' | 'accept'>): number | undefined {
  return verdict === 'shed' ? undefined : verdict.shedSeconds;
}

function overloaded(seconds?: number): Refusal {
  return { status: 503, headers: [retryAfter(seconds)] };
}
