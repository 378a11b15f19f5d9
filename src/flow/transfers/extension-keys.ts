import { type Clock, pause } from '../../lib/clock.ts';
import type { MediaSession } from '../../media/media-session.ts';

/** How long after the answer an extension is pressed: whoever answers must first be listening for keys. Milliseconds. */
const AFTER_ANSWER_MS = 1_000;
/** A comma is the pause that modems made of it (ITU-T V.250 S8 is two seconds); `w` is the half second of the carriers. */
const PAUSES_MS: Readonly<Record<string, number>> = { ',': 2_000, w: 500, W: 1_000 };
/** Time that one key takes on the wire with the gap behind it, at the media's own pace. Milliseconds. */
const KEY_MS = 200;

/** Keys with the pause before them. */
interface KeyGroup {
  pauseMs: number;
  keys: string;
}

/** An extension such as `12,,3`: groups of keys and the pauses between them. */
export function keyGroups(extension: string): KeyGroup[] {
  const groups: KeyGroup[] = [];
  for (const [whole, pauses = '', keys = ''] of extension.matchAll(/([,wW]*)([^,wW]*)/g)) {
    if (whole === '') continue;
    const pauseMs = [...pauses].reduce((sum, mark) => sum + (PAUSES_MS[mark] ?? 0), 0);
    groups.push({ pauseMs, keys });
  }
  return groups;
}

/** Presses an extension on a line that was just answered; resolves when the last key was sent, or the signal aborts. */
export async function pressExtension(
  extension: string,
  media: Pick<MediaSession, 'sendDtmf'>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  let waitMs = AFTER_ANSWER_MS;
  for (const { pauseMs, keys } of keyGroups(extension)) {
    await pause(clock, waitMs + pauseMs, signal);
    if (signal.aborted) return;
    if (keys !== '') media.sendDtmf(keys);
    waitMs = keys.length * KEY_MS;
  }
  await pause(clock, waitMs, signal);
}
