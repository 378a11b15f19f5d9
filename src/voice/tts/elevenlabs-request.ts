import type { SynthesisOptions } from './contract.ts';

/** The vendor's premade voice "Sarah": every account has it. */
const DEFAULT_VOICE_ID = 'EXAVITQu4vr4xnSDxMaL';
/** The default that the settings' documentation names. */
const DEFAULT_MODEL = 'eleven_turbo_v2';
/** Seconds without text after which the vendor hangs up: its longest, since a brain may wait for a tool. */
const INACTIVITY_SECONDS = 180;
/** What the vendor accepts as pace. */
const SLOWEST = 0.7;
const FASTEST = 1.2;
/** Only these models take a language; others answer it with an error. */
const TAKES_LANGUAGE = /_v2_5$/;

/** The address of one utterance: `/v1/text-to-speech/{voice}/stream-input` of the vendor's reference, mu-law at 8 kHz. */
export function elevenLabsUrl(base: URL, { voiceId, model, language, settings }: SynthesisOptions): URL {
  const voice = encodeURIComponent(voiceId ?? DEFAULT_VOICE_ID);
  const url = new URL(`/v1/text-to-speech/${voice}/stream-input`, base);
  const chosen = model ?? DEFAULT_MODEL;
  url.searchParams.set('model_id', chosen);
  url.searchParams.set('output_format', 'ulaw_8000');
  url.searchParams.set('inactivity_timeout', String(INACTIVITY_SECONDS));
  if (TAKES_LANGUAGE.test(chosen)) {
    const wanted = typeof settings.language === 'string' ? settings.language : language;
    url.searchParams.set('language_code', wanted.slice(0, 2).toLowerCase());
  }
  const { optimizeStreamingLatency, enableSsmlParsing, autoMode } = settings;
  if (typeof optimizeStreamingLatency === 'number') {
    url.searchParams.set('optimize_streaming_latency', String(optimizeStreamingLatency));
  }
  if (enableSsmlParsing === true) url.searchParams.set('enable_ssml_parsing', 'true');
  if (autoMode === true) url.searchParams.set('auto_mode', 'true');
  return url;
}

/** Our settings by the voice setting they become. */
const VOICE_SETTINGS = {
  stability: 'stability',
  similarityBoost: 'similarity_boost',
  style: 'style',
  useSpeakerBoost: 'use_speaker_boost',
} as const;

/** The first message: one space opens the stream and carries the voice's settings. */
export function elevenLabsOpening({ speed, settings }: SynthesisOptions): Record<string, unknown> {
  const voice: Record<string, unknown> = {};
  for (const [setting, name] of Object.entries(VOICE_SETTINGS)) {
    const value = settings[setting];
    if (typeof value === 'number' || typeof value === 'boolean') voice[name] = value;
  }
  if (speed !== 1) voice.speed = Math.min(FASTEST, Math.max(SLOWEST, speed));
  return { text: ' ', ...(Object.keys(voice).length > 0 ? { voice_settings: voice } : {}) };
}
