import type { TranscriberOptions } from './contract.ts';

/** The vendor's general model of 2025; the one that knows key terms. */
const DEFAULT_MODEL = 'nova-3';
/** Silence after which the vendor gives the text so far as final; our own VAD asks for it, so this is the net below. */
const DEFAULT_ENDPOINTING_MS = 300;
/** Gap between words that ends an utterance; the vendor's least value. */
const UTTERANCE_END_MS = 1_000;
/** Terms the vendor takes in one request; more make its answer an HTTP 400. */
const MAX_TERMS = 100;
const MAX_TERM_CHARS = 100;

function strings(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const terms = value.filter((term): term is string => typeof term === 'string' && term.trim() !== '');
  return terms.slice(0, MAX_TERMS).map((term) => term.slice(0, MAX_TERM_CHARS));
}

/** Our settings by the query parameter they become. */
const FLAGS = {
  smartFormat: 'smart_format',
  numerals: 'numerals',
  profanityFilter: 'profanity_filter',
  mipOptOut: 'mip_opt_out',
} as const;

/** Words to listen for, in the form that the model knows: nova-3 takes no boost behind a keyword. */
function termsFor(model: string, settings: TranscriberOptions['settings']): [string, string][] {
  const keywords = strings(settings.keywords);
  if (!model.startsWith('nova-3')) return keywords.map((term) => ['keywords', term]);
  const plain = keywords.map((term) => term.replace(/:-?[\d.]+$/, ''));
  return [...new Set([...strings(settings.keyterm), ...plain])].map((term) => ['keyterm', term]);
}

/**
 * The address of a live transcription of one call: `GET /v1/listen` of the vendor's reference, mu-law at 8 kHz.
 * `settings` are those of the agent's transcriber: smartFormat, numerals, profanityFilter, mipOptOut, redaction,
 * keywords, keyterm (nova-3, which takes keywords as such, too), endpointing in milliseconds.
 */
export function deepgramUrl(base: URL, { model, language, settings }: TranscriberOptions): URL {
  const url = new URL('/v1/listen', base);
  const chosen = model ?? DEFAULT_MODEL;
  const { endpointing } = settings;
  const query: Record<string, string> = {
    encoding: 'mulaw',
    sample_rate: '8000',
    channels: '1',
    model: chosen,
    language,
    punctuate: 'true',
    interim_results: 'true',
    vad_events: 'true',
    utterance_end_ms: String(UTTERANCE_END_MS),
    endpointing: String(typeof endpointing === 'number' ? endpointing : DEFAULT_ENDPOINTING_MS),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  for (const [setting, parameter] of Object.entries(FLAGS)) {
    if (typeof settings[setting] === 'boolean') url.searchParams.set(parameter, String(settings[setting]));
  }
  for (const [parameter, term] of termsFor(chosen, settings)) url.searchParams.append(parameter, term);
  for (const kind of strings(settings.redaction)) url.searchParams.append('redact', kind);
  return url;
}
