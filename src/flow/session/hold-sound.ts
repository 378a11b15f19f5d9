import type { Clock, Timer } from '../../lib/clock.ts';
import { type MediaSession, SAMPLE_RATE_HZ } from '../../media/media-session.ts';

export type HoldSoundKind = 'ringback' | 'music';

/** A sound that fills the time while somebody waits. */
export interface HoldSound {
  /** Ends it at once and drops what is queued on the line; resolves when that is done. */
  stop(): Promise<void>;
}

/** How much is queued ahead of what is heard, in milliseconds: a pause of the main thread below it is not heard. */
const AHEAD_MS = 400;
/** How much is added at a time, in milliseconds. */
const PIECE_MS = 200;
/** Where nothing is sent (no answer yet, the worker has died) no more than this waits. Milliseconds. */
const QUEUE_LIMIT_MS = 2 * AHEAD_MS;

/** Ringing tone: 425 Hz is what ITU-T E.180 prefers, audible everywhere. */
const RINGBACK_HZ = 425;
/**
 * E.180 accepts 0.67 to 1.5 s of tone and 3 to 5 s of silence. This is the longest tone and a short silence: a caller
 * must not be left without a sound for 4 s.
 */
const RINGBACK_ON_MS = 1_500;
const RINGBACK_OFF_MS = 3_500;
/** Peak of a sine of -15 dBm0, the quiet end of what E.180 has for tones (a sine of 3.17 dBm0 fills the range of G.711). */
const RINGBACK_PEAK = 4_000;
/** Tones swell and fade within this time, or each edge is a click. Milliseconds. */
const EDGE_MS = 10;

/** Soft chords, one after the other: C, A minor, F, G in just over eight seconds. Frequencies in Hz. */
const CHORDS = [
  [261.63, 329.63, 392.0, 523.25],
  [220.0, 261.63, 329.63, 440.0],
  [174.61, 261.63, 349.23, 440.0],
  [196.0, 246.94, 293.66, 392.0],
] as const;
const NOTE_MS = 520;
/** A note has faded to a third after this time; it goes on under those that follow. Milliseconds. */
const NOTE_DECAY_MS = 450;
/** Of one note; four that sound at once stay far below speech (about -20 dBm0). */
const NOTE_PEAK = 1_100;

/**
 * Plays ringing tone, music or audio of the customer's (8 kHz, not empty), over and over, to a line until it is stopped.
 * The tone and the music are made here; there is no file.
 */
export function createHoldSound(
  sound: HoldSoundKind | Int16Array,
  media: MediaSession,
  clock: Clock,
): HoldSound {
  return new LoopedSound(loopOf(sound), media, clock);
}

function loopOf(sound: HoldSoundKind | Int16Array): Int16Array {
  if (sound === 'ringback') return ringback();
  return sound === 'music' ? music() : sound;
}

class LoopedSound implements HoldSound {
  readonly #loop: Int16Array;
  readonly #media: MediaSession;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #fedMs = 0;
  #timer: Timer | undefined;
  #stopped: Promise<void> | undefined;

  constructor(loop: Int16Array, media: MediaSession, clock: Clock) {
    this.#loop = loop;
    this.#media = media;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#feed();
  }

  stop(): Promise<void> {
    this.#clock.clearTimeout(this.#timer);
    this.#stopped ??= this.#media.clear().then(() => {});
    return this.#stopped;
  }

  #feed(): void {
    const elapsedMs = this.#clock.monotonic() - this.#startedAt;
    // After a pause that ate the queue there is nothing to catch up with: the sound goes on where it would be now.
    this.#fedMs = Math.max(this.#fedMs, Math.floor(elapsedMs / PIECE_MS) * PIECE_MS);
    while (this.#fedMs < elapsedMs + AHEAD_MS) {
      this.#media.relay(this.#piece(), QUEUE_LIMIT_MS);
      this.#fedMs += PIECE_MS;
    }
    this.#timer = this.#clock.setTimeout(() => this.#feed(), PIECE_MS);
  }

  /** The next stretch, over the end of the loop as often as it reaches it. */
  #piece(): Int16Array {
    const start = samplesOf(this.#fedMs) % this.#loop.length;
    const length = samplesOf(PIECE_MS);
    const head = this.#loop.subarray(start, start + length);
    if (head.length === length) return head;
    const piece = new Int16Array(length);
    piece.set(head);
    for (let at = head.length; at < length; at += this.#loop.length)
      piece.set(this.#loop.subarray(0, length - at), at);
    return piece;
  }
}

function samplesOf(ms: number): number {
  return Math.round((ms * SAMPLE_RATE_HZ) / 1000);
}

/** One period of the ringing tone, tone first. */
function ringback(): Int16Array {
  const loop = new Int16Array(samplesOf(RINGBACK_ON_MS + RINGBACK_OFF_MS));
  const on = samplesOf(RINGBACK_ON_MS);
  const edge = samplesOf(EDGE_MS);
  for (let index = 0; index < on; index += 1) {
    const envelope = Math.min(1, index / edge, (on - index) / edge);
    loop[index] = Math.round(RINGBACK_PEAK * envelope * sine(RINGBACK_HZ, index));
  }
  return loop;
}

let musicLoop: Int16Array | undefined;

/** The music, computed when somebody first waits to it. Notes that outlast the end go on at the start, so that it joins. */
function music(): Int16Array {
  if (musicLoop) return musicLoop;
  const notes = CHORDS.flat();
  const noteSamples = samplesOf(NOTE_MS);
  const sum = new Float64Array(notes.length * noteSamples);
  for (const [position, frequencyHz] of notes.entries()) addNote(sum, position * noteSamples, frequencyHz);
  musicLoop = Int16Array.from(sum, Math.round);
  return musicLoop;
}

function addNote(sum: Float64Array, start: number, frequencyHz: number): void {
  const edge = samplesOf(EDGE_MS);
  // After six times its decay a note is below the last bit that is heard.
  const length = samplesOf(6 * NOTE_DECAY_MS);
  for (let index = 0; index < length; index += 1) {
    const envelope = Math.min(1, index / edge) * Math.exp(-index / samplesOf(NOTE_DECAY_MS));
    const at = (start + index) % sum.length;
    sum[at] = (sum[at] ?? 0) + NOTE_PEAK * envelope * sine(frequencyHz, index);
  }
}

function sine(frequencyHz: number, index: number): number {
  return Math.sin((2 * Math.PI * frequencyHz * index) / SAMPLE_RATE_HZ);
}
