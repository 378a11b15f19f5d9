import type { TransferDestination } from '../../domain/numbers/destination.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { Transcriber } from '../../voice/stt/contract.ts';
import type { VadFactory } from '../../voice/vad/contract.ts';
import type { Verdict } from './attempt.ts';
import { pressExtension } from './extension-keys.ts';
import { unlessMachine } from './machine-watch.ts';
import { operatorSpoke } from './operator-ear.ts';
import type { TwimlVerb } from './twiml.ts';
import { type BriefingStep, wayOf } from './way-of-transfer.ts';

/** How long an operator may take to speak first (the vendor's). */
const SPEAKS_FIRST_MS = 60_000;

/** How long whoever answers may take to say hello before he is taken for a person who says nothing. Milliseconds. */
const HELLO_MS = 4_000;

/** What is said and done on the operator's leg. The caller hears none of it. */
export interface BriefingScene {
  destination: TransferDestination;
  media: MediaSession;
  vad: VadFactory;
  transcriber: Transcriber;
  /** BCP 47 tag. */
  language: string;
  clock: Clock;
  warn(problem: string): void;
  /** Aborts when the operator or the caller leaves. */
  signal: AbortSignal;
  /** What the operator is told, if anything. */
  words: Promise<string | undefined>;
  /** Of the mode with TwiML. */
  twiml: readonly TwimlVerb[];
  /** Resolves when it was said. @param language unset: that of the call. */
  say(text: string, language?: string): Promise<void>;
  /** Plays a file of the customer's; one that cannot be had is told in the timeline and left out. */
  play(url: string): Promise<void>;
  /** Finds out whether a person takes the call. */
  screen(): Promise<Verdict>;
}

const TAKEN: Verdict = { taken: true };

/**
 * Carries out what the mode does on the operator's leg, step by step, until somebody declines or shows to be a machine.
 * Where a machine is looked for, nothing is said before whoever answered has spoken: a person says hello, a machine more.
 */
export function brief(scene: BriefingScene): Promise<Verdict> {
  const { voicemailDetectionType: type } = scene.destination.transferPlan ?? {};
  const { steps } = wayOf(scene.destination);
  if (type === undefined) return follow(steps, scene);
  const isListening = steps[0] === 'listen' || steps[0] === 'screen';
  return unlessMachine({ ...scene, type }, async (signal) => {
    if (!isListening) await operatorSpoke({ ...scene, signal }, HELLO_MS);
    return follow(steps, { ...scene, signal });
  });
}

async function follow(steps: readonly BriefingStep[], scene: BriefingScene): Promise<Verdict> {
  const { destination, media, signal } = scene;
  if (destination.type === 'number' && destination.extension !== undefined)
    await pressExtension(destination.extension, media, scene);
  for (const step of steps) {
    if (signal.aborted) return TAKEN;
    const verdict = await STEPS[step](scene);
    if (!verdict.taken) return verdict;
  }
  return TAKEN;
}

const STEPS: Readonly<Record<BriefingStep, (scene: BriefingScene) => Promise<Verdict>>> = {
  async listen(scene) {
    const { timeoutSeconds } = scene.destination.transferPlan ?? {};
    // Who stays silent is told all the same.
    await operatorSpoke(scene, timeoutSeconds === undefined ? SPEAKS_FIRST_MS : timeoutSeconds * 1000);
    return TAKEN;
  },
  async speak(scene) {
    const words = await scene.words;
    if (words !== undefined && !scene.signal.aborted) await scene.say(words);
    return TAKEN;
  },
  twiml: (scene) => runTwiml(scene.twiml, scene),
  screen: (scene) => scene.screen(),
  async chime(scene) {
    const { transferCompleteAudioUrl: url } = scene.destination.transferPlan ?? {};
    if (url !== undefined) await scene.play(url);
    return TAKEN;
  },
};

/**
 * Carries verbs out one after another. An answer to Gather ends the document: there is no further one to fetch. Without
 * an answer it goes on, so that a Hangup behind it lets only those through who accept.
 */
async function runTwiml(verbs: readonly TwimlVerb[], scene: BriefingScene): Promise<Verdict> {
  const { signal, clock } = scene;
  for (const verb of verbs) {
    if (signal.aborted) return TAKEN;
    switch (verb.verb) {
      case 'Say':
        for (let time = 0; time < verb.loop && !signal.aborted; time += 1)
          await scene.say(verb.text, verb.language);
        break;
      case 'Play':
        for (let time = 0; time < verb.loop && !signal.aborted; time += 1) await scene.play(verb.url);
        break;
      case 'Pause':
        await pause(clock, verb.seconds * 1000, signal);
        break;
      case 'Gather':
        if (await answered(verb, scene)) return TAKEN;
        break;
      case 'Hangup':
        return { taken: false, miss: { outcome: 'rejected', detail: 'the TwiML hung the operator up' } };
    }
  }
  return TAKEN;
}

/** Speaks what is within, and waits for keys or speech from then on. @returns whether an answer came in time */
async function answered(
  { inputs, seconds, digits, finishKey, within }: Extract<TwimlVerb, { verb: 'Gather' }>,
  scene: BriefingScene,
): Promise<boolean> {
  const { media, clock, signal } = scene;
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  let keys = '';
  let isComplete = false;
  const stop = media.dtmf.on(({ digit }) => {
    if (!inputs.has('dtmf')) return;
    if (digit !== finishKey) keys += digit;
    isComplete ||= digit === finishKey || (digits !== undefined && keys.length >= digits);
    if (isComplete) done.abort();
  });
  try {
    await runTwiml(within, { ...scene, signal: either });
    if (either.aborted) await media.clear();
    const limitMs = seconds * 1000;
    const waits = [pause(clock, limitMs, either)];
    const speech = inputs.has('speech') ? operatorSpoke({ ...scene, signal: either }, limitMs) : undefined;
    if (speech)
      waits.push(
        speech.then((spoke) => {
          if (!spoke) return;
          isComplete = true;
          done.abort();
        }),
      );
    await Promise.all(waits);
  } finally {
    stop();
  }
  return isComplete || keys !== '';
}
