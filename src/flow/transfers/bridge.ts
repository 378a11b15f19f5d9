import { Emitter } from '../../lib/emitter.ts';
import type { MediaBridge, MediaSession } from '../../media/media-session.ts';
import type { Leg, LegEnd } from '../leg.ts';

/** Without a packet for so long, of one who does not hold the call, his line is taken as dead. Milliseconds. */
export const DEAD_LINE_MS = 15_000;

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

/** A sound that fills a line until it is stopped. */
interface LineSound {
  stop(): Promise<void>;
}

export interface LegBridgeOptions {
  /** Starts what one side hears while the other holds the call. Unset, or where it gives nothing: silence. */
  holdSound?: (line: MediaSession) => LineSound | undefined;
  /** The agent on leg `a` stays: it hears both and is heard by both. */
  conference?: boolean;
}

/**
 * Joins two answered legs in the media workers: audio and keys both ways, those of SIP INFO as well. While one side holds
 * the call, also since before it was joined, the other hears silence or the sound for it. What is still queued on a leg is
 * heard together with the other side.
 */
export function bridge(a: Leg, b: Leg, options: LegBridgeOptions = {}): Bridge {
  return new LegBridge(a, b, options);
}

class LegBridge implements Bridge {
  readonly ended = new Emitter<BridgeEnd>();
  readonly #options: LegBridgeOptions;
  readonly #releases: (() => unknown)[] = [];
  #end: BridgeEnd | undefined;

  constructor(a: Leg, b: Leg, options: LegBridgeOptions) {
    this.#options = options;
    if (a.end) this.#finish({ by: 'a', end: a.end });
    else if (b.end) this.#finish({ by: 'b', end: b.end });
    else this.#join(a, b);
  }

  get end(): BridgeEnd | undefined {
    return this.#end;
  }

  close(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #join(a: Leg, b: Leg): void {
    const joined = a.media.bridge(b.media, { conference: this.#options.conference ?? false });
    this.#releases.push(() => joined.close());
    this.#follow('a', a, b, joined);
    this.#follow('b', b, a, joined);
  }

  #follow(side: 'a' | 'b', from: Leg, to: Leg, joined: MediaBridge): void {
    const { holdSound } = this.#options;
    let sound: LineSound | undefined;
    const onHeld = (held: boolean) => {
      if (held) sound ??= holdSound?.(to.media);
      else {
        void sound?.stop();
        sound = undefined;
      }
    };
    if (from.isHeld) onHeld(true);
    this.#releases.push(
      from.held.on(onHeld),
      () => onHeld(false),
      from.media.silence.on(({ sinceMs }) => {
        if (sinceMs < DEAD_LINE_MS || from.isHeld) return;
        this.#finish({
          by: side,
          end: { by: 'failure', detail: `no audio came for ${DEAD_LINE_MS / 1000} s` },
        });
      }),
      from.dtmf.on(({ digit, durationMs }) => joined.passKey(from.media, digit, durationMs)),
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
