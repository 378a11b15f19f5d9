import type { VoicemailDetection } from '../../domain/agents/agent.ts';
import type { Clock } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { Transcriber, TranscriberStream } from '../../voice/stt/contract.ts';
import type { VadFactory, VoiceActivityDetector } from '../../voice/vad/contract.ts';
import { SpeechGate } from '../../voice/vad/speech-gate.ts';
import { AnsweringMachine } from '../outbound/answering-machine.ts';
import type { HeardWords } from '../session/conversation-scribe.ts';
import type { Verdict } from './attempt.ts';

export interface MachineWatchOptions {
  type: Exclude<VoicemailDetection['type'], undefined>;
  media: MediaSession;
  vad: VadFactory;
  transcriber: Transcriber;
  /** BCP 47 tag of what is spoken there. */
  language: string;
  clock: Clock;
  signal: AbortSignal;
  warn(problem: string): void;
}

/**
 * Lets `work` go on with whoever has answered until a machine shows itself: by its beep, or by what it says. The signal that
 * `work` is given aborts then. Where the words cannot be heard, the beep alone tells it, if it may.
 */
export async function unlessMachine(
  options: MachineWatchOptions,
  work: (signal: AbortSignal) => Promise<Verdict>,
): Promise<Verdict> {
  const { type, media, clock, signal } = options;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const words = new Emitter<HeardWords>();
  let heard: string | undefined;
  const machine = new AnsweringMachine({
    detection: { provider: 'transfer', type, settings: {} },
    audio: media.audio,
    words,
    clock,
    onMachine(_sign, what) {
      heard = what;
      over.abort();
    },
    // Who speaks like a person is taken for one until something else is heard.
    onHuman: () => {},
  });
  machine.answered();
  const done = new AbortController();
  try {
    void transcribe({ ...options, signal: AbortSignal.any([either, done.signal]) }, words);
    const verdict = await work(either);
    if (heard === undefined) return verdict;
    return { taken: false, miss: { outcome: 'voicemail', detail: `a machine has answered: ${heard}` } };
  } finally {
    done.abort();
    machine.close();
  }
}

/** Tells what is said there, utterance by utterance, until the signal aborts. Never rejects. */
async function transcribe(options: MachineWatchOptions, words: Emitter<HeardWords>): Promise<void> {
  const { type, media, signal } = options;
  const warn = (error: Error) =>
    options.warn(
      `a machine is ${type === 'transcript' ? 'not told' : 'told by its beep alone'}: ${error.message}`,
    );
  let ears: Ears;
  try {
    ears = await openEars(options);
  } catch (error) {
    if (!signal.aborted) warn(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const { detector, stream } = ears;
  const gate = new SpeechGate();
  const stops = [
    stream.transcripts.on(({ text, isFinal }) => words.emit({ text, isFinal })),
    stream.failed.on(warn),
    media.audio.on(({ samples, at }) => {
      // The same frame may have shown the machine to another listener.
      if (signal.aborted) return;
      for (const { type } of gate.push(detector.process(samples), at)) {
        if (type === 'speech-started') stream.speechStarted();
        else if (type === 'speech-stopped') stream.speechEnded();
      }
      stream.write(samples.slice());
    }),
  ];
  const close = () => {
    for (const stop of stops) stop();
    detector.close();
    stream.close();
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
}

interface Ears {
  detector: VoiceActivityDetector;
  stream: TranscriberStream;
}

/** Both or neither. @throws where one cannot be had */
async function openEars({ vad, transcriber, language, signal }: MachineWatchOptions): Promise<Ears> {
  const detector = await vad();
  try {
    return { detector, stream: await transcriber.open({ language, settings: {}, signal }) };
  } catch (error) {
    detector.close();
    throw error;
  }
}
