import { canonicalWord, HINT_WORDS, STOP_WORDS, spokenWords } from './english-words.ts';

/** What a phrase may be matched with. Each text counts once, with the weight of its field. */
export interface MatchEntry<T> {
  value: T;
  /** Names of the thing: topic, question, tool name. */
  names: readonly string[];
  /** What is said about it: answer, description. */
  details: readonly string[];
}

export interface Match<T> {
  value: T;
  /** Share of the phrase's meaning that the entry covers, 0 to 1. */
  score: number;
}

/** A word of an answer is weaker evidence than a word of the topic. */
const DETAIL_WEIGHT = 0.6;
/** "when do you deliver" is about delivery more than about hours. */
const HINT_WEIGHT = 0.4;
/** An entry must explain half of what was said; below, the caller is asked again. */
export const MATCH_THRESHOLD = 0.5;
/** Words of a phrase that are looked at. */
const MAX_PHRASE_WORDS = 60;

interface Term {
  word: string;
  weight: number;
}

/** The words of a text that carry meaning, each once, with its weight. */
function termsOf(text: string): Term[] {
  const terms = new Map<string, number>();
  for (const spoken of spokenWords(text)) {
    const word = spoken.split("'")[0] ?? spoken;
    if (STOP_WORDS.has(word)) continue;
    const canonical = canonicalWord(word);
    const weight = HINT_WORDS.has(word) ? HINT_WEIGHT : 1;
    terms.set(canonical, Math.max(weight, terms.get(canonical) ?? 0));
  }
  return [...terms].map(([word, weight]) => ({ word, weight }));
}

/**
 * Finds the entry that a phrase is about, by the words they share; rare words count more (as in BM25), and the score is
 * the share of the phrase that is explained. Deterministic: of equals the first entry wins.
 */
export class PhraseMatcher<T> {
  readonly #documents: { value: T; weights: Map<string, number> }[];
  readonly #frequency = new Map<string, number>();

  constructor(entries: readonly MatchEntry<T>[]) {
    this.#documents = entries.map(({ value, names, details }) => {
      const weights = new Map<string, number>();
      for (const text of details) for (const { word } of termsOf(text)) weights.set(word, DETAIL_WEIGHT);
      for (const text of names) for (const { word } of termsOf(text)) weights.set(word, 1);
      for (const word of weights.keys()) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
      return { value, weights };
    });
  }

  /** @returns the best entry above the threshold; undefined when the phrase is about none. */
  best(phrase: string): Match<T> | undefined {
    const terms = termsOf(phrase).slice(0, MAX_PHRASE_WORDS);
    const total = terms.reduce((sum, { word, weight }) => sum + weight * this.#rarity(word), 0);
    if (total === 0) return undefined;
    let best: Match<T> | undefined;
    for (const { value, weights } of this.#documents) {
      const covered = terms.reduce(
        (sum, { word, weight }) => sum + weight * this.#rarity(word) * (weights.get(word) ?? 0),
        0,
      );
      const score = covered / total;
      if (score >= MATCH_THRESHOLD && score > (best?.score ?? 0)) best = { value, score };
    }
    return best;
  }

  #rarity(word: string): number {
    return 1 + Math.log(1 + this.#documents.length / (1 + (this.#frequency.get(word) ?? 0)));
  }
}
