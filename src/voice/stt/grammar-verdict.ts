import type { Hypothesis } from './hypothesis.ts';

/*
 * A grammar has no "none of these": any speech becomes some phrase. Two measures tell.
 *
 * 1. How well the phrase fits the sound, per frame, relative to the best sounds of all (`HeardWord.fit`). Measured on five
 *    voices (flite rms, slt, awb, kal16, kal) through mu-law at 8 kHz, 20 phrases in the grammar and 20 sentences
 *    outside of it each, all 100 phrases understood exactly:
 *      mean over the words   inside -29 to -59 (95 % above -55), outside -49 to -106 or no phrase at all
 *      the worst word        inside above -80, outside below -78 but for the one-word answer "no" to "hello" (-49 to -61)
 * 2. Where that leaves a doubt: whether open vocabulary heard something similar.
 */

/** Mean fit from which a phrase is believed by itself. */
const SURE_MEAN_FIT = -58;
/** Fit of the worst word from which a phrase is believed by itself. */
const SURE_WORST_FIT = -76;
/** A single word gives little evidence: it must fit like one of a phrase. "hello" taken for "no" has -49 at best. */
const SURE_WORD_FIT = -45;
/** Share of letters in common from which open vocabulary confirms a phrase that fits fairly. */
const CONFIRMING_SIMILARITY = 0.6;
/** The same for a phrase that fits badly: "what is your name" is 0.59 like "what is your address". */
const CONVINCING_SIMILARITY = 0.8;
/** Below these a phrase fits badly. */
const FAIR_MEAN_FIT = -62;
const FAIR_WORST_FIT = -82;

export type GrammarVerdict = 'sure' | 'doubtful' | 'unlikely';

/** Says whether a phrase of the grammar was really spoken, from the sound alone. */
export function judgePhrase({ words }: Hypothesis): GrammarVerdict {
  if (words.length === 0) return 'unlikely';
  const frames = words.reduce((sum, word) => sum + word.frames, 0);
  const mean = words.reduce((sum, word) => sum + word.fit * word.frames, 0) / frames;
  const worst = Math.min(...words.map((word) => word.fit));
  const enough = words.length > 1 ? SURE_MEAN_FIT : SURE_WORD_FIT;
  if (mean >= enough && worst >= SURE_WORST_FIT) return 'sure';
  return mean >= FAIR_MEAN_FIT && worst >= FAIR_WORST_FIT ? 'doubtful' : 'unlikely';
}

/** The text that was spoken, of what the grammar and open vocabulary heard. */
export function chooseText(verdict: GrammarVerdict, phrase: string, open: string): string {
  if (verdict === 'sure') return phrase;
  const enough = verdict === 'doubtful' ? CONFIRMING_SIMILARITY : CONVINCING_SIMILARITY;
  return phrase !== '' && similarity(phrase, open) >= enough ? phrase : open;
}

/** 1 for equal letters, 0 for none in common: edit distance over the letters, since word boundaries get lost. */
export function similarity(one: string, other: string): number {
  const a = one.replaceAll(' ', '');
  const b = other.replaceAll(' ', '');
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - editDistance(a, b) / longest;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
