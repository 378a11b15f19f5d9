/** Milliseconds of the frames that the gate counts. */
const FRAME_MS = 20;
/** Voiced frames that make a start, of the last {@link ONSET_WINDOW}: a click or a key's edge is shorter than 60 ms. */
const ONSET_FRAMES = 3;
/** A start may hold two unvoiced frames: plosives at the start of a word do. */
const ONSET_WINDOW = 5;
/** Unvoiced frames that make a stop, 200 ms: longer than the closure of a plosive or a pause between words. */
const HANGOVER_FRAMES = 10;

export type GateEvent =
  | { type: 'speech-started'; at: number }
  | { type: 'speech-heard'; at: number; voicedMs: number }
  | { type: 'speech-stopped'; at: number };

/** Smooths a VAD's verdicts into runs of speech. Starts are told with the time of their first voiced frame, stops with that of the last one. */
export class SpeechGate {
  #recent: { voiced: boolean; at: number }[] = [];
  #speaking = false;
  #unvoiced = 0;
  #voicedMs = 0;
  #lastVoicedAt = 0;

  get speaking(): boolean {
    return this.#speaking;
  }

  /** @param at when the frame was heard, in milliseconds. */
  push(voiced: boolean, at: number): GateEvent[] {
    return this.#speaking ? this.#whileSpeaking(voiced, at) : this.#whileSilent(voiced, at);
  }

  #whileSilent(voiced: boolean, at: number): GateEvent[] {
    this.#recent.push({ voiced, at });
    if (this.#recent.length > ONSET_WINDOW) this.#recent.shift();
    const heard = this.#recent.filter((frame) => frame.voiced);
    const first = heard[0];
    if (!first || heard.length < ONSET_FRAMES) return [];
    this.#speaking = true;
    this.#unvoiced = 0;
    this.#voicedMs = heard.length * FRAME_MS;
    this.#lastVoicedAt = at;
    this.#recent = [];
    return [
      { type: 'speech-started', at: first.at },
      { type: 'speech-heard', at, voicedMs: this.#voicedMs },
    ];
  }

  #whileSpeaking(voiced: boolean, at: number): GateEvent[] {
    if (voiced) {
      this.#unvoiced = 0;
      this.#voicedMs += FRAME_MS;
      this.#lastVoicedAt = at;
      return [{ type: 'speech-heard', at, voicedMs: this.#voicedMs }];
    }
    this.#unvoiced += 1;
    if (this.#unvoiced < HANGOVER_FRAMES) return [];
    this.#speaking = false;
    return [{ type: 'speech-stopped', at: this.#lastVoicedAt }];
  }
}
