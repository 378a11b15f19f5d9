import type { VoicemailDetection } from '../../domain/agents/agent.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Emitter } from '../../lib/emitter.ts';
import type { AudioFrame } from '../../media/media-session.ts';
import type { HeardWords } from '../session/conversation-scribe.ts';
import { BeepDetector } from './beep-detector.ts';
import { isMachineGreeting } from './greeting-phrases.ts';

/** Seconds of the vendor's plan (docs.vapi.ai, voicemail detection). */
export const VOICEMAIL_DEFAULTS = {
  beepMaxAwaitSeconds: 30,
  startAtSeconds: 5,
  frequencySeconds: 5,
  maxRetries: 6,
} as const;

/** How a machine was told: by its beep, after which it records, or by what it says before. */
export type MachineSign = 'beep' | 'phrase';

export interface AnsweringMachineOptions {
  detection: VoicemailDetection;
  /** What is heard from the far end, from before the answer on. */
  audio: Emitter<AudioFrame>;
  /** What is said there. */
  words: Emitter<HeardWords>;
  clock: Clock;
  onMachine(sign: MachineSign, heard: string): void;
  /** Somebody spoke, and no machine showed itself while it was looked for. */
  onHuman(): void;
}

/** Listens whether a machine has answered a call that we placed. */
export class AnsweringMachine {
  readonly #options: AnsweringMachineOptions;
  readonly #beeps = new BeepDetector();
  readonly #stops: (() => void)[];
  readonly #beeped = Promise.withResolvers<void>();
  #state: 'looking' | 'found' | 'closed' = 'looking';
  #beepHeard = false;
  #answeredAt: number | undefined;
  #hasSpoken = false;
  #windowEnd: Timer | undefined;
  #beepLimit: Timer | undefined;

  constructor(options: AnsweringMachineOptions) {
    this.#options = options;
    this.#stops = [
      options.audio.on(({ samples }) => this.#hear(samples)),
      options.words.on((words) => this.#read(words)),
    ];
  }

  /** The call was answered: what was heard before counts from now on. */
  answered(): void {
    const { clock, detection } = this.#options;
    this.#answeredAt = clock.monotonic();
    if (this.#state !== 'looking') return;
    this.#windowEnd = clock.setTimeout(() => this.#giveUp(), windowMs(detection));
    if (this.#beepHeard && this.#tellsByBeep) this.#found('beep', 'a beep before the answer');
  }

  /** Resolves when the machine records: at its beep, or when the beep has been waited for long enough. */
  async recording(): Promise<void> {
    const { clock, detection } = this.#options;
    const { beepMaxAwaitSeconds = VOICEMAIL_DEFAULTS.beepMaxAwaitSeconds } = detection;
    const sinceMs = clock.monotonic() - (this.#answeredAt ?? clock.monotonic());
    const leftMs = Math.max(0, beepMaxAwaitSeconds * 1000 - sinceMs);
    this.#beepLimit = clock.setTimeout(() => this.#beeped.resolve(), leftMs);
    await this.#beeped.promise;
    clock.clearTimeout(this.#beepLimit);
  }

  /** Stops listening; safe to call twice. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const stop of this.#stops) stop();
    this.#options.clock.clearTimeout(this.#windowEnd);
    this.#beeped.resolve();
  }

  #hear(samples: Int16Array): void {
    if (!this.#beeps.hear(samples)) return;
    this.#beepHeard = true;
    this.#beeped.resolve();
    if (this.#answeredAt !== undefined && this.#tellsByBeep) this.#found('beep', 'a beep');
  }

  get #tellsByBeep(): boolean {
    return this.#options.detection.type !== 'transcript';
  }

  #read({ text, isFinal }: HeardWords): void {
    if (isMachineGreeting(text)) this.#found('phrase', text);
    else if (isFinal) this.#hasSpoken = true;
  }

  #found(sign: MachineSign, heard: string): void {
    if (this.#state !== 'looking') return;
    this.#state = 'found';
    this.#options.clock.clearTimeout(this.#windowEnd);
    this.#options.onMachine(sign, heard);
  }

  #giveUp(): void {
    if (this.#state !== 'looking') return;
    const { onHuman } = this.#options;
    if (this.#hasSpoken) onHuman();
    this.close();
  }
}

/** From the answer to the last look of the vendor's plan. */
function windowMs({ backoffPlan = {} }: VoicemailDetection): number {
  const { startAtSeconds, frequencySeconds, maxRetries } = { ...VOICEMAIL_DEFAULTS, ...backoffPlan };
  return (startAtSeconds + frequencySeconds * maxRetries) * 1000;
}
