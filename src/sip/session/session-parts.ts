import type { DialogChannel } from './dialog-channel.ts';
import type { OfferAnswerExchange } from './offer-answer-exchange.ts';
import type { SessionEnd } from './session.ts';
import type { SessionContext } from './session-context.ts';
import type { SessionTimer } from './session-timer.ts';

/** What the parts of one session share. */
export interface SessionParts {
  readonly context: SessionContext;
  readonly channel: DialogChannel;
  readonly exchange: OfferAnswerExchange;
  readonly timer: SessionTimer;
  /** We sent the INVITE, and so own the Call-ID. */
  readonly isInitiator: boolean;
  /** The owner's answer to an offer, or its offer where there is none. @throws {SipRejection} */
  answer(offer: string | undefined): string;
  /** The peer's answer to an offer that its owner does not wait for. */
  onAnswer(answer: string): void;
  /** The session is to end with a BYE. */
  end(end: SessionEnd): void;
}
