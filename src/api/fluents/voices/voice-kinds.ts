import type { VoiceSettings } from '../../../domain/agents/agent.ts';

type Place = 'voiceId' | 'model' | 'speed' | { setting: string };

interface VoiceKind {
  /** The name of the same vendor in the domain. */
  provider: string;
  /** Without it there is no voice. */
  required?: string;
  /** Where each key of the body stands in the domain. */
  places: Readonly<Record<string, Place>>;
}

const setting = (name: string): Place => ({ setting: name });

/** Kinds of voices whose keys are known; all others have the keys of {@link OTHER_PLACES}. */
const KINDS: Readonly<Record<string, VoiceKind>> = {
  voice_azure: {
    provider: 'azure',
    required: 'voice_name',
    places: { voice_name: 'voiceId', pitch: setting('pitch'), rate: setting('rate') },
  },
  voice_rime: {
    provider: 'rime-ai',
    required: 'speaker',
    places: { speaker: 'voiceId', model_id: 'model', speed_alpha: setting('speedAlpha') },
  },
  voice_eleven_labs: {
    provider: '11labs',
    required: 'voice_id',
    places: {
      voice_id: 'voiceId',
      api_key: setting('apiKey'),
      model_id: 'model',
      stability: setting('stability'),
      similarity_boost: setting('similarityBoost'),
      optimize_streaming_latency: setting('optimizeStreamingLatency'),
      experimental_input_streaming: setting('experimentalInputStreaming'),
    },
  },
  voice_play_ht: {
    provider: 'playht',
    required: 'voice_id',
    places: {
      voice_id: 'voiceId',
      api_user_id: setting('userId'),
      api_key: setting('apiKey'),
      version: 'model',
      speed: 'speed',
      quality: setting('quality'),
      temperature: setting('temperature'),
      top_p: setting('topP'),
      text_guidance: setting('textGuidance'),
      voice_guidance: setting('voiceGuidance'),
      experimental_remove_silence: setting('experimentalRemoveSilence'),
    },
  },
};

const OTHER_PLACES: VoiceKind['places'] = {
  voice_id: 'voiceId',
  api_key: setting('apiKey'),
  model_id: 'model',
  speed: 'speed',
};

/** Keys whose values are secrets: a voice may bring its own account. */
export const SECRET_KEYS: ReadonlySet<string> = new Set(['api_key', 'api_user_id']);

const PREFIX = 'voice_';

/** @param type such as `voice_azure`. */
export function kindOf(type: string): VoiceKind {
  const known = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  return known ?? { provider: type.slice(PREFIX.length), places: OTHER_PLACES };
}

/** The vendor's name of a voice's kind, such as `voice_azure`. */
export function typeOf({ provider }: VoiceSettings): string {
  const known = Object.entries(KINDS).find(([, kind]) => kind.provider === provider);
  return known?.[0] ?? `${PREFIX}${provider}`;
}
