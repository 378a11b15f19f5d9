import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../lib/clock.ts';
import { headerValue } from '../../sip/message/headers.ts';
import type { SipRequest } from '../../sip/message/message.ts';

/** Calls remembered; the oldest goes first. Some seconds of a flood. */
const MAX_CALLS = 5_000;
/** As long as the sender may repeat its INVITE: 64 * T1 (RFC 3261 section 17.1.1.2). */
const REMEMBERED_MS = 32_000;

interface Shed {
  retryAfterSeconds: number;
  until: number;
}

/** Calls that were turned away, so that a copy of the INVITE gets the same answer, also when there is room by now. */
export class ShedCalls {
  readonly #clock: Clock;
  readonly #calls = new BoundedMap<string, Shed>(MAX_CALLS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the call was told, where it was turned away a short time ago, in seconds. */
  retryAfterOf(request: SipRequest): number | undefined {
    if (this.#calls.size === 0) return undefined;
    const shed = this.#calls.get(keyOf(request));
    return shed && shed.until > this.#clock.monotonic() ? shed.retryAfterSeconds : undefined;
  }

  add(request: SipRequest, retryAfterSeconds: number): void {
    this.#calls.set(keyOf(request), { retryAfterSeconds, until: this.#clock.monotonic() + REMEMBERED_MS });
  }
}

/** The same INVITE, on whatever path: a new try of the caller has another number. */
function keyOf(request: SipRequest): string {
  return `${headerValue(request, 'Call-ID') ?? ''} ${headerValue(request, 'CSeq') ?? ''}`;
}
