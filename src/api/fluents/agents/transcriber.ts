import type { TranscriberSettings } from '../../../domain/agents/agent.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { assign, compact } from '../fields.ts';

type Json = Record<string, unknown>;

/** The vendor's own transcriber: the keywords are its, and an agent that names none has it. */
const DEFAULT_PROVIDER = 'deepgram';

const DEFAULT: TranscriberSettings = { provider: DEFAULT_PROVIDER, settings: {} };

/** Settings whose names this API writes otherwise than the exchange; what is not among them is kept as it comes. */
const SETTING_NAMES: Readonly<Record<string, string>> = {
  smart_format: 'smartFormat',
  profanity_filter: 'profanityFilter',
  mip_opt_out: 'mipOptOut',
  confidence_threshold: 'confidenceThreshold',
  eot_threshold: 'eotThreshold',
  eot_timeout_ms: 'eotTimeoutMs',
  fallback_plan: 'fallbackPlan',
};

const SHOWN_NAMES = Object.fromEntries(Object.entries(SETTING_NAMES).map(([shown, own]) => [own, shown]));

/** @throws {RequestInvalidError} where a key that means something is no text. */
export function toTranscriber(
  body: Record<string, unknown>,
  current: TranscriberSettings | undefined,
): TranscriberSettings {
  const { provider, model, language, ...settings } = body;
  const made: TranscriberSettings = {
    provider: textOf('provider', provider) ?? current?.provider ?? DEFAULT_PROVIDER,
    settings: renamed(settings, SETTING_NAMES),
  };
  assign(made, 'model', textOf('model', model));
  assign(made, 'language', textOf('language', language));
  return made;
}

/** The transcriber as this API shows it. */
export function fromTranscriber({ settings, provider, model, language }: TranscriberSettings): Json {
  return compact({ ...renamed(settings, SHOWN_NAMES), provider, model, language });
}

function renamed(settings: Json, names: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      Object.hasOwn(names, key) ? (names[key] as string) : key,
      value,
    ]),
  );
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
