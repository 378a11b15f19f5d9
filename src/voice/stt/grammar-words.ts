import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filterGrammar } from '../llm/phrase-grammar.ts';
import { MODEL_DIRECTORY } from './pocketsphinx-available.ts';

/** The words the decoder can pronounce: 130,000 of them. */
let dictionary: Promise<ReadonlySet<string>> | undefined;

async function readDictionary(): Promise<ReadonlySet<string>> {
  const text = await readFile(join(MODEL_DIRECTORY, 'cmudict-en-us.dict'), 'latin1');
  const words = new Set<string>();
  for (const line of text.split('\n')) {
    const end = line.indexOf(' ');
    if (end > 0) words.add(line.slice(0, end));
  }
  return words;
}

export function knownWords(): Promise<ReadonlySet<string>> {
  dictionary ??= readDictionary().catch((error: unknown) => {
    dictionary = undefined;
    throw error;
  });
  return dictionary;
}

/** The words of a JSGF grammar without its header, rule names, tags and weights. */
function wordsOf(grammar: string): string[] {
  const body = grammar
    .replace(/^#JSGF[^\n]*$/m, ' ')
    .replace(/^\s*grammar\s[^;\n]*;/m, ' ')
    .replace(/\bpublic\s+(?=<)/g, ' ')
    .replace(/<[^<>\n]*>|\{[^{}\n]*\}|\/[0-9.]+\//g, ' ');
  return body.match(/[a-z0-9'_-]+/gi) ?? [];
}

/**
 * The grammar as the decoder can load it: one word that its dictionary lacks makes it refuse all.
 * @returns undefined when nothing is left of it.
 */
export function pronounceable(grammar: string, known: ReadonlySet<string>): string | undefined {
  const isKnown = (word: string) => known.has(word);
  return wordsOf(grammar).every(isKnown) ? grammar : filterGrammar(grammar, isKnown);
}
