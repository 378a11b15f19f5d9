import { type Clock, pause } from '../../lib/clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { VadFactory } from '../../voice/vad/contract.ts';
import { SpeechGate } from '../../voice/vad/speech-gate.ts';

export interface OperatorEar {
  media: MediaSession;
  vad: VadFactory;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Waits until whoever answered has said something and is silent again. Other noise than speech does not count.
 * @returns whether that came in time; not so either when the signal aborts
 */
export async function operatorSpoke(
  { media, vad, clock, signal }: OperatorEar,
  limitMs: number,
): Promise<boolean> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const detector = await vad();
  const gate = new SpeechGate();
  let spoke = false;
  const stop = media.audio.on(({ samples, at }) => {
    for (const event of gate.push(detector.process(samples), at)) {
      if (event.type !== 'speech-stopped') continue;
      spoke = true;
      over.abort();
    }
  });
  try {
    await pause(clock, limitMs, either);
  } finally {
    stop();
    detector.close();
  }
  return spoke;
}
