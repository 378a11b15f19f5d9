import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ReceivedRequest } from '../transaction/received-request.ts';
import { TIMEOUT_FACTOR, type TimerValues } from '../transaction/timers.ts';
import { serverTransactionKey } from '../transaction/transaction-key.ts';

/** INVITEs whose owner is being asked at a time; what comes beyond is passed over, and its next copy asks again. */
const MAX_WAITING = 10_000;
/** INVITEs remembered that their owner does not know; the oldest goes first, and its next copy asks again. */
const MAX_UNKNOWN = 10_000;

/**
 * INVITEs of which it is not known yet whether anything at all is to be answered. Nothing has been sent for them, not even
 * a 100, and their copies are passed over meanwhile; those of an INVITE that its owner does not know for as long as they may
 * come.
 */
export class UnrecognisedInvites {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** 64 * T1: as long as the sender repeats its INVITE (RFC 3261 section 17.1.1.2). */
  readonly #rememberedMs: number;
  readonly #waiting = new Set<string>();
  /** Until when each is remembered, on the monotonic clock, the oldest first. */
  readonly #unknown = new Map<string, number>();

  constructor({ clock, logger, timers }: { clock: Clock; logger: Logger; timers: TimerValues }) {
    this.#clock = clock;
    this.#logger = logger;
    this.#rememberedMs = TIMEOUT_FACTOR * timers.t1Ms;
  }

  /** Whether it is being asked about already, or too many are, or its owner does not know it. */
  isPassedOver(received: ReceivedRequest): boolean {
    const key = keyOf(received);
    const isUnknown = (this.#unknown.get(key) ?? 0) > this.#clock.monotonic();
    return isUnknown || this.#waiting.size >= MAX_WAITING || this.#waiting.has(key);
  }

  /** Calls `proceed` once the owner has recognised the INVITE; one that he does not know stays unanswered. */
  ask(received: ReceivedRequest, isKnown: Promise<boolean>, proceed: () => void): void {
    const key = keyOf(received);
    this.#waiting.add(key);
    isKnown
      .catch((error: unknown) => {
        this.#logger.error({ err: error, sipCallId: received.callId }, 'an INVITE could not be recognised');
        // Its handler meets the same failure, and answers it.
        return true;
      })
      .then((known) => {
        const isForgotten = !this.#waiting.delete(key);
        if (isForgotten) return;
        if (known) proceed();
        else this.#remember(key);
      })
      .catch((error: unknown) =>
        this.#logger.error({ err: error, sipCallId: received.callId }, 'INVITE could not be handled'),
      );
  }

  /** The stack closes: whoever is recognised after that is answered by nobody. */
  clear(): void {
    this.#waiting.clear();
    this.#unknown.clear();
  }

  #remember(key: string): void {
    const now = this.#clock.monotonic();
    this.#unknown.delete(key);
    this.#unknown.set(key, now + this.#rememberedMs);
    for (const [oldest, until] of this.#unknown) {
      if (until > now && this.#unknown.size <= MAX_UNKNOWN) break;
      this.#unknown.delete(oldest);
    }
  }
}

/** A copy comes from where the first one came: nobody can have another's INVITE passed over by sending his own before it. */
function keyOf(received: ReceivedRequest): string {
  return `${serverTransactionKey(received, 'INVITE')} ${received.source.address}`;
}
