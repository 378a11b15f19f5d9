import type { MediaSession } from '../../media/media-session.ts';
import type { Synthesizer } from '../../voice/tts/contract.ts';

/** Speaks one sentence to the line without an agent; resolves when all of it was sent or the signal aborts. */
export async function announce(
  text: string,
  { media, synthesizer, signal }: { media: MediaSession; synthesizer: Synthesizer; signal: AbortSignal },
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
    const options = { language: 'en', speed: 1, settings: {}, signal };
    for await (const samples of synthesizer.speak(once(text), options)) {
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
