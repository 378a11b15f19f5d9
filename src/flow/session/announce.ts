import type { MediaSession } from '../../media/media-session.ts';
import type { SynthesisOptions, Synthesizer } from '../../voice/tts/contract.ts';

/** What the exchange says of its own, in the voice of nobody. */
const OWN_VOICE: Omit<SynthesisOptions, 'signal'> = { language: 'en', speed: 1, settings: {} };

export interface Announcement {
  media: MediaSession;
  synthesizer: Synthesizer;
  signal: AbortSignal;
  /** Unset: the exchange's own. */
  voice?: Omit<SynthesisOptions, 'signal'>;
}

/** Speaks one sentence to the line without an agent; resolves when all of it was sent or the signal aborts. */
export async function announce(
  text: string,
  { media, synthesizer, signal, voice }: Announcement,
): Promise<void> {
  await playOut(synthesizer.speak(once(text), { ...(voice ?? OWN_VOICE), signal }), media, signal);
}

/** Plays audio as it comes; resolves when all of it was sent or the signal aborts. */
export async function playOut(
  pieces: AsyncIterable<Int16Array> | Iterable<Int16Array>,
  media: MediaSession,
  signal: AbortSignal,
): Promise<void> {
  let spokenUpTo: number | undefined;
  let drainedUpTo = 0;
  const drained = Promise.withResolvers<void>();
  const settle = () => {
    if (signal.aborted || (spokenUpTo !== undefined && drainedUpTo >= spokenUpTo)) drained.resolve();
  };
  const stop = media.playout.on((event) => {
    if (event.type === 'drained') drainedUpTo = event.position;
    settle();
  });
  signal.addEventListener('abort', settle, { once: true });
  try {
    let end = 0;
    for await (const samples of pieces) {
      if (signal.aborted) return;
      end = media.play(samples);
    }
    spokenUpTo = end;
    settle();
    await drained.promise;
  } finally {
    stop();
    signal.removeEventListener('abort', settle);
  }
}

async function* once(text: string): AsyncIterable<string> {
  yield text;
}
