import type { Clock, Timer } from '../../lib/clock.ts';
import type { AudioFrame } from '../../media/media-session.ts';
import type { AudioPort } from '../audio-port.ts';
import type { Transcriber, TranscriberOptions, TranscriberStream, Transcript } from '../stt/contract.ts';
import type { VadFactory, VoiceActivityDetector } from '../vad/contract.ts';
import { createEnergyVad } from '../vad/energy-vad.ts';
import { type GateEvent, SpeechGate } from '../vad/speech-gate.ts';

/** Frames kept while the transcriber opens: 3 s, so that the first word of an early caller is not lost. */
const BACKLOG_FRAMES = 150;
/** Waits before a transcriber that failed is opened again. After the last one the call goes on deaf, but with keys. */
const REOPEN_DELAYS_MS = [250, 1000, 4000];
/** A key's tone may leak into the audio beside its event: so long after it the VAD is not believed. */
const KEY_TAIL_MS = 100;

export interface ListenerParts {
  port: AudioPort;
  vad: VadFactory;
  transcriber: Transcriber;
  options: Omit<TranscriberOptions, 'signal'>;
  clock: Clock;
}

export interface ListenerEvents {
  voice(event: GateEvent): void;
  transcript(transcript: Transcript): void;
  key(digit: string, at: number): void;
  warning(code: string, message: string): void;
}

/** The ears: every frame goes to the VAD and to the transcriber; what fails is replaced or left out, and told. */
export class Listener {
  readonly #parts: ListenerParts;
  readonly #events: ListenerEvents;
  readonly #gate = new SpeechGate();
  readonly #abort = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  #streamUnsubscribe: (() => void)[] = [];
  #vad: VoiceActivityDetector | undefined;
  #stream: TranscriberStream | undefined;
  #backlog: Int16Array[] = [];
  #failures = 0;
  #reopen: Timer | undefined;
  #deafUntil = 0;
  #isDeaf = false;

  constructor(parts: ListenerParts, events: ListenerEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Begins to hear. Resolves when VAD and transcriber are ready or have failed, or on close; never rejects. */
  async open(): Promise<void> {
    const { port } = this.#parts;
    this.#unsubscribe.push(
      port.audio.on((frame) => this.#onFrame(frame)),
      port.dtmf.on(({ digit, durationMs, at }) => {
        this.#deafUntil = Math.max(this.#deafUntil, at + durationMs + KEY_TAIL_MS);
        this.#events.key(digit, at);
      }),
    );
    const closed = new Promise<void>((resolve) => {
      this.#abort.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.all([this.#openVad(), this.#openTranscriber()]), closed]);
  }

  /** While deaf it hears silence, whatever sounds: the caller waits and talks to others. Keys are still told. */
  deafen(isDeaf: boolean): void {
    this.#isDeaf = isDeaf;
  }

  close(): void {
    this.#abort.abort();
    for (const off of this.#unsubscribe.splice(0)) off();
    this.#parts.clock.clearTimeout(this.#reopen);
    this.#dropStream();
    this.#vad?.close();
    this.#vad = undefined;
    this.#backlog = [];
  }

  async #openVad(): Promise<void> {
    let vad: VoiceActivityDetector;
    try {
      vad = await this.#parts.vad();
    } catch (error) {
      this.#events.warning('vad-unavailable', `${messageOf(error)}; the energy VAD stands in`);
      vad = createEnergyVad();
    }
    if (this.#abort.signal.aborted) vad.close();
    else this.#vad = vad;
  }

  async #openTranscriber(): Promise<void> {
    const { transcriber, options } = this.#parts;
    const { signal } = this.#abort;
    try {
      const stream = await transcriber.open({ ...options, signal });
      if (signal.aborted) stream.close();
      else this.#adopt(stream);
    } catch (error) {
      if (!signal.aborted) this.#onFailure(error);
    }
  }

  #adopt(stream: TranscriberStream): void {
    this.#stream = stream;
    this.#streamUnsubscribe = [
      stream.transcripts.on((transcript) => {
        this.#failures = 0;
        this.#events.transcript(transcript);
      }),
      stream.failed.on((error) => this.#onFailure(error)),
    ];
    this.#withStream(() => {
      for (const frame of this.#backlog.splice(0)) stream.write(frame);
      if (this.#gate.speaking) stream.speechStarted();
    });
  }

  #onFailure(error: unknown): void {
    this.#dropStream();
    const delayMs = REOPEN_DELAYS_MS[this.#failures];
    this.#failures += 1;
    const { name } = this.#parts.transcriber;
    const next = delayMs === undefined ? 'given up' : `trying again in ${delayMs} ms`;
    this.#events.warning('transcriber-failed', `${name}: ${messageOf(error)}; ${next}`);
    if (delayMs === undefined || this.#abort.signal.aborted) return;
    this.#reopen = this.#parts.clock.setTimeout(() => void this.#openTranscriber(), delayMs);
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    for (const off of this.#streamUnsubscribe.splice(0)) off();
    try {
      stream?.close();
    } catch (error) {
      this.#events.warning('transcriber-close-failed', messageOf(error));
    }
  }

  #onFrame({ samples: heard, at }: AudioFrame): void {
    // A transcriber that is given nothing at all for long hangs up.
    const samples = this.#isDeaf ? new Int16Array(heard.length) : heard;
    if (this.#stream) this.#withStream((stream) => stream.write(samples));
    else if (this.#backlog.push(samples) > BACKLOG_FRAMES) this.#backlog.shift();
    if (!this.#vad) return;
    const voiced = at >= this.#deafUntil && this.#vad.process(samples);
    for (const event of this.#gate.push(voiced, at)) {
      if (event.type === 'speech-started') this.#withStream((stream) => stream.speechStarted());
      this.#events.voice(event);
      if (event.type === 'speech-stopped') this.#withStream((stream) => stream.speechEnded());
    }
  }

  #withStream(use: (stream: TranscriberStream) => void): void {
    if (!this.#stream) return;
    try {
      use(this.#stream);
    } catch (error) {
      this.#onFailure(error);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
