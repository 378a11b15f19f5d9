import { Emitter } from '../../lib/emitter.ts';
import type { Leg, LegEnd } from '../leg.ts';

/**
 * Audio that may wait for its turn on the other leg, in milliseconds. One frame of 20 ms evens out the way over the main
 * thread, two more a short pause of it; after a longer one the oldest is dropped.
 */
export const RELAY_LIMIT_MS = 60;
/** A key shorter than this may be missed by its receiver (ITU-T Q.24). Milliseconds. */
const MIN_KEY_MS = 40;

export interface BridgeEnd {
  by: 'a' | 'b';
  end: LegEnd;
}

/** Two legs that hear each other. */
export interface Bridge {
  /** One leg has ended, which ends the bridge; the other leg is its owner's to end. */
  readonly ended: Emitter<BridgeEnd>;
  /** How it ended, once it has: also of a leg that had ended before it was bridged. */
  readonly end: BridgeEnd | undefined;
  /** Parts the legs, which stay up. */
  close(): void;
}

interface Key {
  digit: string;
  durationMs: number;
}

/**
 * Joins two answered legs: audio and keys both ways. While one side holds the call, the other hears silence. What was
 * queued on either leg is said first.
 */
export function bridge(a: Leg, b: Leg): Bridge {
  return new LegBridge(a, b);
}

class LegBridge implements Bridge {
  readonly ended = new Emitter<BridgeEnd>();
  readonly #releases: (() => unknown)[] = [];
  #end: BridgeEnd | undefined;

  constructor(a: Leg, b: Leg) {
    this.#join('a', a, b);
    this.#join('b', b, a);
    if (a.end) this.#finish({ by: 'a', end: a.end });
    else if (b.end) this.#finish({ by: 'b', end: b.end });
  }

  get end(): BridgeEnd | undefined {
    return this.#end;
  }

  close(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #join(side: 'a' | 'b', from: Leg, to: Leg): void {
    let isHeld = false;
    let lastKey: Key | undefined;
    const press = (key: Key) => {
      // An owner that passes keys of SIP INFO on to the media has each told twice.
      if (key === lastKey) return;
      lastKey = key;
      to.media.sendDtmf(key.digit, { durationMs: Math.max(MIN_KEY_MS, key.durationMs) });
    };
    this.#releases.push(
      from.media.audio.on(({ samples }) => {
        if (!isHeld) to.media.relay(samples, RELAY_LIMIT_MS);
      }),
      from.held.on((held) => {
        isHeld = held;
      }),
      from.media.dtmf.on(press),
      from.dtmf.on(press),
      from.ended.on((end) => this.#finish({ by: side, end })),
    );
  }

  #finish(end: BridgeEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.close();
    this.ended.emit(end);
  }
}
