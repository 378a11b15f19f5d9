import type { Agent } from '../../src/domain/agents/agent.ts';
import type { Clock, Timer } from '../../src/lib/clock.ts';
import { Emitter } from '../../src/lib/emitter.ts';
import type { FakeClock } from '../../src/lib/fake-clock.ts';
import type { AudioFrame, PlayoutEvent } from '../../src/media/media-session.ts';
import { FRAME_SAMPLES, SAMPLE_RATE_HZ } from '../../src/media/media-session.ts';
import type { AudioPort } from '../../src/voice/audio-port.ts';
import type { Brain, BrainChunk, BrainRequest } from '../../src/voice/llm/contract.ts';
import type {
  Transcriber,
  TranscriberOptions,
  TranscriberStream,
  Transcript,
} from '../../src/voice/stt/contract.ts';
import type { SynthesisOptions, Synthesizer } from '../../src/voice/tts/contract.ts';
import type { VadFactory } from '../../src/voice/vad/contract.ts';

const FRAME_MS = 20;

/** Resolves after `ms` of the clock; at once for 0. */
function pass(clock: Clock, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => clock.setTimeout(resolve, ms));
}

/** Moves a fake clock on, letting promises settle every `stepMs`. */
export async function advance(clock: FakeClock, ms: number, stepMs = 10): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(Math.min(stepMs, ms - passed));
  }
  await new Promise((resolve) => setImmediate(resolve));
}

/** A line that sends what is played at the pace of its clock, as a media session does, and hears what a test says. */
export class FakeLine implements AudioPort {
  readonly audio = new Emitter<AudioFrame>();
  readonly dtmf = new Emitter<{ digit: string; durationMs: number; at: number }>();
  readonly playout = new Emitter<PlayoutEvent>();
  /** Keys that the agent sent. */
  readonly keysSent: { keys: string; at: number }[] = [];
  /** When a clear took effect, and up to which position had been sent. */
  readonly clears: { position: number; at: number }[] = [];
  /** Makes `clear` never answer, or fail. */
  clearFault: 'hangs' | 'fails' | undefined;
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #drain: Timer | undefined;
  /** Position at the start of the spurt that sounds now, and when it began. */
  #base = 0;
  #spurtAt: number | undefined;
  #queued = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the agent sounds. */
  get sounding(): boolean {
    return this.#spurtAt !== undefined;
  }

  play(samples: Int16Array): number {
    this.#queued += samples.length;
    const { sounding } = this;
    if (!sounding) this.#spurtAt = this.#clock.now();
    this.#armDrain();
    if (!sounding) this.playout.emit({ type: 'started', position: this.#base, at: this.#clock.now() });
    return this.#queued;
  }

  async clear(): Promise<number> {
    if (this.clearFault === 'fails') throw new Error('the media worker is gone');
    if (this.clearFault === 'hangs') return new Promise(() => undefined);
    const position = this.#sent();
    this.#clock.clearTimeout(this.#drain);
    this.#spurtAt = undefined;
    this.#base = position;
    this.#queued = position;
    this.clears.push({ position, at: this.#clock.now() });
    return position;
  }

  sendDtmf(keys: string): void {
    this.keysSent.push({ keys, at: this.#clock.now() });
  }

  /** The caller presses a key. */
  press(digit: string): void {
    this.dtmf.emit({ digit, durationMs: 100, at: this.#clock.now() });
  }

  /** The caller makes sound for so long, from now on, frame by frame; silence follows. */
  speak(forMs: number, silenceMs = 400): void {
    for (let ms = 0; ms < forMs + silenceMs; ms += FRAME_MS) {
      const timer = this.#clock.setTimeout(() => {
        this.#timers.delete(timer);
        const samples = new Int16Array(FRAME_SAMPLES).fill(ms < forMs ? 8000 : 0);
        this.audio.emit({ samples, at: this.#clock.now() });
      }, ms);
      this.#timers.add(timer);
    }
  }

  /** The media ends: no timer is left. */
  close(): void {
    for (const timer of this.#timers) this.#clock.clearTimeout(timer);
    this.#clock.clearTimeout(this.#drain);
  }

  #sent(): number {
    if (this.#spurtAt === undefined) return this.#base;
    const passed = Math.floor(((this.#clock.now() - this.#spurtAt) * SAMPLE_RATE_HZ) / 1000);
    return Math.min(this.#queued, this.#base + passed);
  }

  #armDrain(): void {
    this.#clock.clearTimeout(this.#drain);
    const remainingMs = ((this.#queued - this.#sent()) * 1000) / SAMPLE_RATE_HZ;
    this.#drain = this.#clock.setTimeout(() => {
      this.#spurtAt = undefined;
      this.#base = this.#queued;
      this.playout.emit({ type: 'drained', position: this.#queued, at: this.#clock.now() });
    }, remainingMs);
  }
}

/** Hears speech in every frame that is not silence. */
export const fakeVad: VadFactory = async () => ({
  process: (frame) => frame[0] !== 0,
  close() {},
});

export interface FakeTranscriberOptions {
  clock: Clock;
  /** Finals given one after another when a run of speech ends; nothing more once they are used up. */
  texts?: string[];
  /** From the end of speech, as the VAD tells it, to the final. */
  delayMs?: number;
  endOfTurn?: boolean;
  /** Milliseconds that opening takes. */
  openMs?: number;
  /** Opening fails so many times. */
  openFailures?: number;
}

export class FakeTranscriber implements Transcriber {
  readonly name = 'fake-transcriber';
  readonly opened: TranscriberOptions[] = [];
  readonly #options: FakeTranscriberOptions;
  readonly #texts: string[];
  #stream: FakeTranscriberStream | undefined;
  #failures: number;

  constructor(options: FakeTranscriberOptions) {
    this.#options = options;
    this.#texts = [...(options.texts ?? [])];
    this.#failures = options.openFailures ?? 0;
  }

  get stream(): FakeTranscriberStream {
    if (!this.#stream) throw new Error('the transcriber is not open');
    return this.#stream;
  }

  async open(options: TranscriberOptions): Promise<TranscriberStream> {
    this.opened.push(options);
    await pass(this.#options.clock, this.#options.openMs ?? 0);
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Error('refused');
    }
    this.#stream = new FakeTranscriberStream(this.#options, this.#texts);
    return this.#stream;
  }
}

export class FakeTranscriberStream implements TranscriberStream {
  readonly transcripts = new Emitter<Transcript>();
  readonly failed = new Emitter<Error>();
  frames = 0;
  runs = 0;
  closed = false;
  readonly #options: FakeTranscriberOptions;
  readonly #texts: string[];
  readonly #timers = new Set<Timer>();

  constructor(options: FakeTranscriberOptions, texts: string[]) {
    this.#options = options;
    this.#texts = texts;
  }

  write(): void {
    this.frames += 1;
  }

  speechStarted(): void {
    this.runs += 1;
  }

  speechEnded(): void {
    const text = this.#texts.shift();
    if (text === undefined) return;
    const { clock, delayMs = 0, endOfTurn = true } = this.#options;
    const give = () => this.give(text, { isFinal: true, endOfTurn });
    if (delayMs === 0) give();
    else this.#timers.add(clock.setTimeout(give, delayMs));
  }

  /** Gives a transcript now. */
  give(text: string, how: Omit<Transcript, 'text'> = { isFinal: true }): void {
    if (!this.closed) this.transcripts.emit({ text, ...how });
  }

  close(): void {
    this.closed = true;
    for (const timer of this.#timers) this.#options.clock.clearTimeout(timer);
  }
}

export interface FakeSynthesizerOptions {
  clock: Clock;
  /** From a piece of text to its audio. */
  delayMs?: number;
  /** Length of the audio of one character. */
  msPerCharacter?: number;
  /** Fails once so many pieces were spoken. */
  failAfter?: number;
  /** Never gives audio and does not heed the signal. */
  hangs?: boolean;
}

/** Speaks a steady tone as long as the text is. */
export class FakeSynthesizer implements Synthesizer {
  readonly name = 'fake-voice';
  /** Pieces of text as they came. */
  readonly spoken: string[] = [];
  readonly requests: SynthesisOptions[] = [];
  readonly #options: FakeSynthesizerOptions;

  constructor(options: FakeSynthesizerOptions) {
    this.#options = options;
  }

  async *speak(text: AsyncIterable<string>, options: SynthesisOptions): AsyncGenerator<Int16Array> {
    const { clock, delayMs = 0, msPerCharacter = 50, failAfter = Number.POSITIVE_INFINITY } = this.#options;
    this.requests.push(options);
    if (this.#options.hangs) await new Promise(() => undefined);
    let pieces = 0;
    for await (const piece of text) {
      if (pieces >= failAfter) throw new Error('the voice broke');
      pieces += 1;
      this.spoken.push(piece);
      await pass(clock, delayMs);
      if (options.signal.aborted) return;
      const samples = (piece.trim().length * msPerCharacter * SAMPLE_RATE_HZ) / 1000;
      yield new Int16Array(Math.round(samples)).fill(4000);
    }
  }
}

/** One answer of the fake brain: chunks, or a text that is streamed word by word, or an error. */
export type FakeAnswer = string | Error | BrainChunk[] | ((request: BrainRequest) => BrainChunk[]);

export interface FakeBrainOptions {
  clock: Clock;
  answers?: FakeAnswer[];
  /** Given when `answers` are used up. */
  otherwise?: FakeAnswer;
  /** To the first chunk. */
  delayMs?: number;
  /** Between chunks. */
  chunkMs?: number;
  hangs?: boolean;
}

export class FakeBrain implements Brain {
  readonly name = 'fake-brain';
  readonly requests: BrainRequest[] = [];
  grammarText: string | undefined;
  readonly #options: FakeBrainOptions;
  readonly #answers: FakeAnswer[];

  constructor(options: FakeBrainOptions) {
    this.#options = options;
    this.#answers = [...(options.answers ?? [])];
  }

  grammar(): string | undefined {
    return this.grammarText;
  }

  async *respond(request: BrainRequest): AsyncGenerator<BrainChunk> {
    const { clock, delayMs = 0, chunkMs = 0, hangs, otherwise = [] } = this.#options;
    this.requests.push(request);
    if (hangs) await new Promise(() => undefined);
    await pass(clock, delayMs);
    for (const chunk of chunksOf(this.#answers.shift() ?? otherwise, request)) {
      if (request.signal.aborted) return;
      if (chunk instanceof Error) throw chunk;
      yield chunk;
      await pass(clock, chunkMs);
    }
    yield { type: 'finished', reason: 'stop' };
  }
}

function chunksOf(answer: FakeAnswer, request: BrainRequest): (BrainChunk | Error)[] {
  if (answer instanceof Error) return [answer];
  if (typeof answer === 'function') return answer(request);
  if (typeof answer !== 'string') return answer;
  return answer.split(/(?<= )/).map((text) => ({ type: 'text', text }));
}

/** An agent with nothing but what the test gives it. */
export function fakeAgent(agent: Partial<Agent> = {}): Agent {
  return { id: 'agent', orgId: 'org', extras: {}, createdAt: 0, updatedAt: 0, ...agent };
}
