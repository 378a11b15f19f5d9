import type { VoiceSettings } from '../../../domain/agents/agent.ts';
import { VOICE_PLACES, type VoicePlace } from '../../server/voice-places.ts';

interface VoiceKind {
  /** The name of the same vendor in the domain. */
  provider: string;
  /** Without it there is no voice. */
  required?: string;
  /** Where each key of the body stands in the domain. */
  places: Readonly<Record<string, VoicePlace>>;
}

/** Kinds of voices whose keys are known; all others have the keys of {@link OTHER_PLACES}. */
const KINDS: Readonly<Record<string, VoiceKind>> = {
  voice_azure: {
    provider: 'azure',
    required: 'voice_name',
    places: VOICE_PLACES.azure,
  },
  voice_rime: {
    provider: 'rime-ai',
    required: 'speaker',
    places: VOICE_PLACES.rime,
  },
  voice_eleven_labs: {
    provider: '11labs',
    required: 'voice_id',
    places: VOICE_PLACES.elevenLabs,
  },
  voice_play_ht: {
    provider: 'playht',
    required: 'voice_id',
    places: VOICE_PLACES.playHt,
  },
};

const OTHER_PLACES: VoiceKind['places'] = {
  voice_id: 'voiceId',
  api_key: { setting: 'apiKey' },
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
