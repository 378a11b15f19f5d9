import { createHash, randomBytes } from 'node:crypto';
import { Emitter } from '../../lib/emitter.ts';
import type { LiveCall } from './live-call.ts';

/** 192 bits: whoever has the token may listen, so that it must not be guessed, now or ever. */
const TOKEN_BYTES = 24;
/** Longer ones are not even hashed. */
const MAX_TOKEN_LENGTH = 100;

/** A new `Call.monitorToken`, fit for a URL. */
export function newMonitorToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** The calls of this process that are up, found by their tokens. */
export class LiveCalls {
  /** A call is no longer up. */
  readonly removed = new Emitter<LiveCall>();
  /** The id of a call whose stored timeline has grown. */
  readonly timelineGrew = new Emitter<string>();
  /** By the token's hash: how long a look-up takes tells nothing of how much of a guess was right. */
  readonly #calls = new Map<string, LiveCall>();

  /** @returns takes the call out again, once it has ended; safe to call twice. */
  add(token: string, call: LiveCall): () => void {
    const key = keyOf(token);
    this.#calls.set(key, call);
    return () => {
      if (this.#calls.delete(key)) this.removed.emit(call);
    };
  }

  find(token: string): LiveCall | undefined {
    return token.length > MAX_TOKEN_LENGTH ? undefined : this.#calls.get(keyOf(token));
  }
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
