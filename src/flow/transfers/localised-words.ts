import type { BrainSettings } from '../../domain/agents/agent.ts';
import type { CustomMessage } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Brain } from '../../voice/llm/contract.ts';
import { wordsOf } from '../../voice/tools/tool-messages.ts';
import { gathered } from './conversation-summary.ts';

/** A sentence for somebody who waits: a translation that takes longer is not worth it. Milliseconds. */
const TIMEOUT_MS = 3_000;

export interface Translator {
  brain: Brain;
  brainSettings: BrainSettings;
  clock: Clock;
  signal: AbortSignal;
  warn(problem: string): void;
}

/**
 * The words of a message in the language that is spoken. Where it has none in it, the first of its contents is translated
 * by the agent's own model, and spoken as it is where that cannot be done.
 */
export async function localisedWords(
  message: string | CustomMessage,
  language: string,
  translator: Translator,
): Promise<string> {
  const words = wordsOf(message, language);
  if (typeof message === 'string' || words === '') return words;
  const { contents = [] } = message;
  const isSpoken = contents.some((content) => primary(content.language) === primary(language));
  if (contents.length === 0 || isSpoken) return words;
  return translated(words, language, translator);
}

async function translated(
  words: string,
  language: string,
  { brain, brainSettings, clock, signal, warn }: Translator,
): Promise<string> {
  if (brain.name === 'scripted') {
    warn(`a message has no words in ${language}, and no model is there to translate it`);
    return words;
  }
  const late = new AbortController();
  const timer = clock.setTimeout(() => late.abort(), TIMEOUT_MS);
  const instruction = `Translate what the user says into the language with the code ${language}. Give nothing but the translation.`;
  try {
    const text = await gathered(
      brain,
      [
        { role: 'system', content: instruction },
        { role: 'user', content: words },
      ],
      brainSettings,
      AbortSignal.any([signal, late.signal]),
    );
    return text === '' ? words : text;
  } catch (error) {
    warn(`a message could not be translated: ${error instanceof Error ? error.message : String(error)}`);
    return words;
  } finally {
    clock.clearTimeout(timer);
  }
}

function primary(language: string): string {
  return language.toLowerCase().split(/[-_]/, 1)[0] ?? '';
}
