import { SAMPLE_RATE_HZ } from '../../media/media-session.ts';

/** Characters that a voice speaks in a second at its own pace: about 170 English words a minute. */
const CHARACTERS_PER_SECOND = 15;

export interface Heard {
  text: string;
  /** Samples of it that were sent to the caller. */
  heardSamples: number;
  /** Samples of the whole text; unset while the voice still makes them. */
  totalSamples?: number;
  /** 1 is the voice's own pace. */
  speed: number;
}

/**
 * The part of a text that the caller has heard, in whole words: by its share of the audio, or by an assumed pace where
 * the length of the whole is not known yet. Vendors that give no times for words allow no better.
 */
export function heardText({ text, heardSamples, totalSamples, speed }: Heard): string {
  if (heardSamples <= 0) return '';
  if (totalSamples !== undefined && heardSamples >= totalSamples) return text.trim();
  const characters =
    totalSamples !== undefined
      ? (text.length * heardSamples) / totalSamples
      : (heardSamples / SAMPLE_RATE_HZ) * CHARACTERS_PER_SECOND * speed;
  const end = Math.floor(characters);
  if (end >= text.length) return text.trim();
  const head = text.slice(0, end);
  const midWord = /\S$/.test(head) && /^\S/.test(text.slice(end));
  return (midWord ? head.replace(/\S+$/, '') : head).trim();
}
