import type { Call, TransferOutcome } from '../domain/calls/call.ts';
import type { TransferDestination } from '../domain/numbers/destination.ts';
import type { PhoneNumber } from '../domain/numbers/number.ts';
import type { DialAsker } from '../domain/orgs/dial-policy.ts';
import type { MediaSession } from '../media/media-session.ts';
import type { Leg } from './leg.ts';

/** A leg that we place. Its `media` is there from the start; audio flows once `answered` has resolved. */
export interface OutboundLeg extends Leg {
  readonly direction: 'outbound';
  /** Resolves when the far end has answered. @throws {DialError} */
  readonly answered: Promise<void>;
}

export interface DialRequest {
  call: Call;
  /** The number that was called: its trunk carries the new leg. */
  number: PhoneNumber | undefined;
  destination: TransferDestination;
  /** Headers of our own beside those of the destination. */
  headers?: Record<string, string>;
  /** Who the far end sees. Unset: the caller. */
  callerId?: string;
  /** Of the leg that asks; the new request has one less (RFC 3261 section 16.6), which keeps a call from circling. */
  maxForwards: number;
  timeoutMs: number;
  /** The line that the new leg will be bridged to: the two are best off in one media worker. */
  near?: MediaSession;
  /** The line that the far end speaks through once it has answered, in the place of whoever does so until then. */
  through?: MediaSession;
  /** The dialog that the far end gives up for this call (RFC 3891). */
  replaces?: string;
  /** Who asked for the call from outside (RFC 3892). */
  referredBy?: string;
  /** Keys that the leg presses by itself once it is answered. Those of a destination are the transfer's to press. */
  extension?: string;
  /** Unset: somebody within a call. */
  by?: DialAsker;
  /** Told of each provisional response, 100 aside: the far end rings (180), or is heard early (183). */
  onProgress?(status: number): void;
}

/** A destination was not reached. */
export class DialError extends Error {
  readonly outcome: TransferOutcome;
  /** SIP status, where one was received. */
  readonly status: number | undefined;

  constructor(outcome: TransferOutcome, message: string, status?: number) {
    super(message);
    this.name = 'DialError';
    this.outcome = outcome;
    this.status = status;
  }
}

/** The exchange is overloaded and begins no calls of its own. */
export class NoRoomError extends DialError {
  constructor() {
    super('failed', 'the exchange is overloaded and places no calls for now');
    this.name = 'NoRoomError';
  }
}

/** Places legs, whoever asks: each request passes the one policy gate. */
export interface Dialer {
  /**
   * Resolves as soon as the request is on its way; `hangup` of the leg takes it back.
   * @throws {DialError} when the policy refuses it or no trunk carries it.
   */
  dial(request: DialRequest): Promise<OutboundLeg>;
}

/** A request to be judged. */
export type DialQuestion = Pick<DialRequest, 'number' | 'destination' | 'by'> & { orgId: string };

/** What the policy says of a request, before anything is placed. */
export interface DialJudge {
  /** Looks nothing up: the place of a SIP URI is judged when it is dialled. @throws {DialError} refused */
  judge(question: DialQuestion): Promise<void>;
  /**
   * Judges the place as well, for a call that somebody else is asked to make: nothing of ours looks at that one again.
   * @throws {DialError} refused; unreachable, where a name leads nowhere and so cannot be judged
   */
  judgeReferral(question: DialQuestion): Promise<void>;
}
