import { HeadReader, skipLineEnds } from './head.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { contentLength } from './parser.ts';

export type FramerEvent =
  /** One whole message, for `parseMessage`. */
  | { kind: 'message'; bytes: Uint8Array }
  /** A keep-alive ping, CRLF twice; to be answered with one CRLF (RFC 5626 section 3.5.1). */
  | { kind: 'ping' }
  /**
   * The stream cannot be read any further: close it. `head` of a message whose length cannot be told, or is too much, is for
   * `parseMessage`, which refuses it with the status that its sender is to be told.
   */
  | { kind: 'error'; reason: string; head?: Uint8Array };

type FramerError = Extract<FramerEvent, { kind: 'error' }>;

const CR = 0x0d;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);
/** First room for a message that comes in pieces: most fit. */
const INITIAL_BUFFER_BYTES = 2_048;

/**
 * Cuts a byte stream into messages by Content-Length, which a stream must have (RFC 3261 sections 7.5 and 18.3). Lengths are
 * checked before anything is kept for them, and each byte is looked at once, however the stream is cut. After an error it
 * yields nothing more.
 */
export class StreamFramer {
  /** The beginning of a message that is not complete; only its first `#pendingBytes` count. */
  #pending = EMPTY;
  #pendingBytes = 0;
  /** Length of the message at hand, once its head is here. */
  #messageBytes: number | undefined;
  /** Where in it to go on looking for the end of the head. */
  #scannedTo = 0;
  #lineEnds = 0;
  #hasFailed = false;

  /** Whether a message has begun and is not complete. */
  get isMidMessage(): boolean {
    return this.#pendingBytes > 0;
  }

  /** Takes what came in; yields what is complete by it. To be run to its end. */
  *push(chunk: Uint8Array): Generator<FramerEvent> {
    if (this.#hasFailed) return;
    let rest = this.#join(chunk);
    for (;;) {
      if (this.#messageBytes === undefined) {
        rest = rest.subarray(yield* this.#keepAlives(rest));
        const error = this.#measure(rest);
        if (error !== undefined) {
          this.#hasFailed = true;
          this.#keep(EMPTY);
          yield error;
          return;
        }
      }
      if (this.#messageBytes === undefined || rest.length < this.#messageBytes) break;
      // Copied, as the room it stands in is used again.
      const bytes = Buffer.from(rest.subarray(0, this.#messageBytes));
      rest = rest.subarray(this.#messageBytes);
      this.#messageBytes = undefined;
      this.#scannedTo = 0;
      yield { kind: 'message', bytes };
    }
    this.#keep(rest);
  }

  /** Counts the line ends between messages: each pair is a ping. A single one is a pong, or padding. */
  *#keepAlives(bytes: Buffer): Generator<FramerEvent, number> {
    const start = skipLineEnds(bytes);
    for (let index = 0; index < start; index += 1) {
      if (bytes[index] !== LF) continue;
      this.#lineEnds += 1;
      if (this.#lineEnds === 2) {
        this.#lineEnds = 0;
        yield { kind: 'ping' };
      }
    }
    if (start < bytes.length) this.#lineEnds = 0;
    return start;
  }

  /** Sets the length of the message once its head is complete. @returns what is wrong with it. */
  #measure(bytes: Buffer): FramerError | undefined {
    const bodyStart = findHeadEnd(bytes, this.#scannedTo);
    this.#scannedTo = Math.max(0, bytes.length - 2);
    if ((bodyStart ?? bytes.length) > MAX_MESSAGE_BYTES) return failed('header section too large');
    if (bodyStart === undefined) return undefined;
    const head = new HeadReader(bytes.subarray(0, bodyStart), 0).read();
    const length = head && contentLength(head);
    if (length === undefined) return failed('missing Content-Length');
    const answerable = (reason: string): FramerError => ({
      kind: 'error',
      reason,
      head: Buffer.from(bytes.subarray(0, bodyStart)),
    });
    if (typeof length !== 'number') return answerable(length.reason);
    if (bodyStart + length > MAX_MESSAGE_BYTES) return answerable('message too large');
    this.#messageBytes = bodyStart + length;
    return undefined;
  }

  /** What is kept and the chunk behind it, as one stretch of bytes. */
  #join(chunk: Uint8Array): Buffer {
    if (this.#pendingBytes === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const total = this.#pendingBytes + chunk.length;
    this.#reserve(total);
    this.#pending.set(chunk, this.#pendingBytes);
    return this.#pending.subarray(0, total);
  }

  #keep(rest: Buffer): void {
    const isInPlace = rest.buffer === this.#pending.buffer && rest.byteOffset === this.#pending.byteOffset;
    if (rest.length === 0) this.#pending = EMPTY;
    else if (!isInPlace) {
      this.#reserve(rest.length);
      rest.copy(this.#pending);
    }
    this.#pendingBytes = rest.length;
  }

  /** Doubles the room as needed, so that a stream of single bytes is copied a few times only. */
  #reserve(bytes: number): void {
    if (bytes <= this.#pending.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, this.#pending.length * 2, INITIAL_BUFFER_BYTES));
    this.#pending.copy(larger, 0, 0, this.#pendingBytes);
    this.#pending = larger;
  }
}

function failed(reason: string): FramerError {
  return { kind: 'error', reason };
}

/** Where the body begins: behind the first empty line. A line ends as for {@link HeadReader}, with CRLF or LF. */
function findHeadEnd(bytes: Buffer, from: number): number | undefined {
  for (let index = bytes.indexOf(LF, from); index >= 0; index = bytes.indexOf(LF, index + 1)) {
    const next = bytes[index + 1] === CR ? index + 2 : index + 1;
    if (bytes[next] === LF) return next + 1;
  }
  return undefined;
}
