/** Words of one question that are looked for: a caller's sentence has fewer. */
const MAX_WORDS = 32;
/** Characters of the longest word that is looked for. */
const MAX_WORD_LENGTH = 64;

/** English words that stand in any text and say nothing of what is asked. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(
  `a about am an and any are as at be been being but by can could did do does doing for from had has have he her
   here him his how i if in into is it its ll m may me might must my no not of off on or our out re s shall she
   should so some such t than that the their them then there these they this those to too up us ve very was we
   were what when where which while who whom whose why will with would you your`.split(/\s+/),
);

/** The distinct words of a question that are worth looking for: letters and digits only, in lower case. */
export function questionWords(question: string): string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return [...new Set(words)]
    .filter((word) => word.length <= MAX_WORD_LENGTH && !EMPTY_WORDS.has(word))
    .slice(0, MAX_WORDS);
}
