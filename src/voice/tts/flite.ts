import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { SentenceSplitter } from '../engine/sentence-splitter.ts';
import { AudioCache } from './audio-cache.ts';
import type { SynthesisOptions, Synthesizer } from './contract.ts';
import { FLITE_VOICES, type FliteVoice } from './flite-wire.ts';
import { FliteWorkerQueue } from './flite-worker-queue.ts';
import { untilAborted } from './until-aborted.ts';

/** The clearest of the voices: offline transcribers understand it best. */
const DEFAULT_VOICE: FliteVoice = 'rms';
/** Half an hour of 8 kHz audio: first messages, refusals and the answers of a script are spoken again and again. */
const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;
/** Beyond these flite's durations stop sounding like speech. */
const SLOWEST = 0.5;
const FASTEST = 2;

export interface FliteOptions {
  logger: Logger;
  cacheBytes?: number;
  clock?: Clock;
  /** The worker's file; another one in tests. */
  workerUrl?: URL;
}

export interface FliteSynthesizer extends Synthesizer {
  /** Starts the worker and loads the voice, so that the first sentence of a call need not wait for it. */
  warm(): Promise<void>;
  close(): Promise<void>;
}

/** The worker beside this file: `.ts` in the checkout, `.js` in a build. */
function ownWorker(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./flite-worker.${extension}`, import.meta.url);
}

/** flite reads ASCII: letters lose their accents, typographic marks become plain ones, the rest becomes a space. */
export function plainText(text: string): string {
  return text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/\s*[\u2013\u2014]\s*/g, ', ')
    .replace(/\u00df/g, 'ss')
    .replace(/\u2026/g, '.')
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}

function voiceOf(voiceId: string | undefined): FliteVoice {
  return FLITE_VOICES.find((voice) => voice === voiceId) ?? DEFAULT_VOICE;
}

/**
 * The voice that needs no network and no key: flite in a worker thread, sentence by sentence, 8 kHz. A `voiceId` that
 * is none of {@link FLITE_VOICES} (another vendor's, say) is spoken by `rms`. `speed` becomes flite's
 * `duration_stretch`, held between 0.5 and 2. Without words in the text there is no audio.
 */
export function createFliteSynthesizer(options: FliteOptions): FliteSynthesizer {
  const { logger, clock = systemClock, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const queue = new FliteWorkerQueue(options.workerUrl ?? ownWorker(), clock, logger);
  const cache = new AudioCache(cacheBytes);

  async function sentenceAudio(
    sentence: string,
    { voiceId, speed }: SynthesisOptions,
    signal: AbortSignal,
  ): Promise<Int16Array | undefined> {
    const text = plainText(sentence);
    if (!/[A-Za-z0-9]/.test(text)) return undefined;
    const voice = voiceOf(voiceId);
    const stretch = 1 / Math.min(FASTEST, Math.max(SLOWEST, speed));
    const key = `${voice} ${stretch} ${text}`;
    const cached = cache.get(key);
    if (cached) return cached;
    const samples = await queue.run({ text, voice, stretch }, signal);
    cache.set(key, samples);
    return samples;
  }

  async function* sentencesOf(text: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
    const splitter = new SentenceSplitter();
    for await (const piece of untilAborted(text, signal)) yield* splitter.push(piece);
    if (!signal.aborted) yield* splitter.flush();
  }

  return {
    name: 'offline',

    async *speak(text, synthesis) {
      const { signal } = synthesis;
      for await (const sentence of sentencesOf(text, signal)) {
        let samples: Int16Array | undefined;
        try {
          samples = await sentenceAudio(sentence, synthesis, signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
        if (signal.aborted) return;
        // A copy: what the listener does with its audio must not reach the cache.
        if (samples) yield samples.slice();
      }
    },

    async warm() {
      await queue.run({ text: 'Hello.', voice: DEFAULT_VOICE, stretch: 1 }, new AbortController().signal);
    },

    close: () => queue.close(),
  };
}
