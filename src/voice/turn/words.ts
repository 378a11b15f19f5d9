/** Sentence ends of the scripts that transcribers punctuate. A comma is none: the speaker goes on. */
const SENTENCE_END = /[.!?…。！？؟।]["'”’)]?\s*$/u;
const NUMBER_END = /\p{N}[^\p{L}\p{N}]*$/u;
const APOSTROPHES = /['’`]/g;
const NOT_A_WORD = /[^\p{L}\p{N}\p{M}]+/u;

/** Words of a text as phrase lists compare them: lower case, `don't` as `dont`, `uh-huh` as two words. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(APOSTROPHES, '')
    .split(NOT_A_WORD)
    .filter((word) => word !== '');
}

function startsAt(words: readonly string[], phrase: readonly string[], offset: number): boolean {
  return phrase.every((word, index) => words[offset + index] === word);
}

/** Whether one of the phrases occurs in the words, whole words only. */
export function containsPhrase(words: readonly string[], phrases: readonly (readonly string[])[]): boolean {
  return words.some((_, offset) =>
    phrases.some((phrase) => phrase.length > 0 && startsAt(words, phrase, offset)),
  );
}

/** Whether the words are nothing but such phrases, one after another ("yeah, okay, sure"). */
export function consistsOfPhrases(
  words: readonly string[],
  phrases: readonly (readonly string[])[],
): boolean {
  const reachable = new Set([0]);
  for (let offset = 0; offset < words.length; offset += 1) {
    if (!reachable.has(offset)) continue;
    for (const phrase of phrases) {
      if (phrase.length > 0 && startsAt(words, phrase, offset)) reachable.add(offset + phrase.length);
    }
  }
  return words.length > 0 && reachable.has(words.length);
}

export function endsSentence(text: string): boolean {
  return SENTENCE_END.test(text);
}

/** Whether the last word ends with a digit, whatever punctuation follows it. */
export function endsWithNumber(text: string): boolean {
  return NUMBER_END.test(text);
}
