import { Emitter } from '../lib/emitter.ts';
import type { AudioFrame } from '../media/media-session.ts';

/** RMS of a frame above which somebody speaks; line noise and comfort noise stay far below it. */
const VOICED_RMS = 200;
/** Voiced frames (20 ms each) in a row that begin a spurt: one click is no speech. */
const ONSET_FRAMES = 2;
/** Silence that ends a spurt, in milliseconds: longer than the pauses inside a sentence. */
const SPURT_GAP_MS = 700;
const FRAME_MS = 20;

/** One stretch of the other side's speech. Instants on the clock of the frames, in milliseconds. */
export interface Spurt {
  startedAt: number;
  /** Its last voiced frame. */
  endedAt: number;
  samples: Int16Array;
}

/** The caller's ear: tells speech from silence by level alone, so that it measures without the server's help. */
export class Ear {
  /** First voiced frame of a spurt, as soon as it is sure. */
  readonly started = new Emitter<number>();
  readonly ended = new Emitter<Spurt>();
  #frames: Int16Array[] = [];
  #voicedRun = 0;
  #startedAt: number | undefined;
  #lastVoicedAt = 0;
  #frameCount = 0;

  /** Frames heard so far; each is 20 ms. */
  get frameCount(): number {
    return this.#frameCount;
  }

  get isHearingSpeech(): boolean {
    return this.#startedAt !== undefined;
  }

  hear({ samples, at }: AudioFrame): void {
    this.#frameCount += 1;
    const voiced = rms(samples) >= VOICED_RMS;
    this.#voicedRun = voiced ? this.#voicedRun + 1 : 0;
    if (voiced) this.#lastVoicedAt = at;
    this.#keep(samples);
    if (this.#startedAt === undefined) {
      if (this.#voicedRun < ONSET_FRAMES) return;
      this.#startedAt = at - (ONSET_FRAMES - 1) * FRAME_MS;
      this.started.emit(this.#startedAt);
    } else if (at - this.#lastVoicedAt >= SPURT_GAP_MS) this.#finish(this.#startedAt);
  }

  /** Nothing more comes: a spurt that goes on ends with its last voiced frame. */
  finish(): void {
    if (this.#startedAt !== undefined) this.#finish(this.#startedAt);
  }

  #keep(samples: Int16Array): void {
    this.#frames.push(samples);
    if (this.#startedAt === undefined && this.#frames.length > ONSET_FRAMES * 10) this.#frames.shift();
  }

  #finish(startedAt: number): void {
    const samples = joinFrames(this.#frames);
    this.#frames = [];
    this.#startedAt = undefined;
    this.ended.emit({ startedAt, endedAt: this.#lastVoicedAt, samples });
  }
}

export function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

function joinFrames(frames: Int16Array[]): Int16Array {
  const joined = new Int16Array(frames.reduce((length, frame) => length + frame.length, 0));
  let offset = 0;
  for (const frame of frames) {
    joined.set(frame, offset);
    offset += frame.length;
  }
  return joined;
}

/** Cuts the silence off both ends, so that the last packet sent is a voiced one. */
export function trimSilence(samples: Int16Array, frameSamples: number): Int16Array {
  const frames = Math.floor(samples.length / frameSamples);
  const voiced = (index: number) =>
    rms(samples.subarray(index * frameSamples, (index + 1) * frameSamples)) >= VOICED_RMS;
  let first = 0;
  while (first < frames && !voiced(first)) first += 1;
  let last = frames - 1;
  while (last > first && !voiced(last)) last -= 1;
  return first >= frames ? samples : samples.slice(first * frameSamples, (last + 1) * frameSamples);
}
