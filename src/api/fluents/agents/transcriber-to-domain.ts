import type { TranscriberSettings } from '../../../domain/agents/agent.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { assign } from '../fields.ts';

/** The vendor's own transcriber: the keywords are its, and an agent that names none has it. */
const DEFAULT_PROVIDER = 'deepgram';

const DEFAULT: TranscriberSettings = { provider: DEFAULT_PROVIDER, settings: {} };

/** @throws {RequestInvalidError} where a key that means something is no text. */
export function toTranscriber(
  body: Record<string, unknown>,
  current: TranscriberSettings | undefined,
): TranscriberSettings {
  const { provider, model, language, ...settings } = body;
  const made: TranscriberSettings = {
    provider: textOf('provider', provider) ?? current?.provider ?? DEFAULT_PROVIDER,
    settings,
  };
  assign(made, 'model', textOf('model', model));
  assign(made, 'language', textOf('language', language));
  return made;
}

function textOf(key: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw fieldInvalid(['transcriber', key], 'must be a string');
  return value;
}

export function withLanguage(
  transcriber: TranscriberSettings | undefined,
  language: string | undefined,
): TranscriberSettings | undefined {
  if (transcriber === undefined && language === undefined) return undefined;
  const made = { ...(transcriber ?? DEFAULT) };
  assign(made, 'language', language);
  return made;
}

/** Deepgram's own form of a keyword: the word and how eagerly it is listened for. */
export function toKeywords(words: Record<string, number>): string[] {
  return Object.entries(words).map(([word, eagerness]) => `${word}:${eagerness}`);
}

export function withKeywords(
  transcriber: TranscriberSettings | undefined,
  keywords: string[] | undefined,
): TranscriberSettings | undefined {
  if (transcriber === undefined && keywords === undefined) return undefined;
  const settings = { ...transcriber?.settings };
  assign(settings, 'keywords', keywords);
  return { ...(transcriber ?? DEFAULT), settings };
}
