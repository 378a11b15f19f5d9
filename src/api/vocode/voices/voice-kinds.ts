import type { VoiceSettings } from '../../../domain/agents/agent.ts';
import { isVendorProvider } from '../../../domain/credentials/vendor-provider.ts';
import { VOICE_PLACES, type VoicePlace } from '../../server/voice-places.ts';
import type { VocodeRevision } from '../revision.ts';

interface VoiceKind {
  /** The name of the same vendor in the domain. */
  provider: string;
  places: Readonly<Record<string, VoicePlace>>;
  /** What is shown of keys that are not set. */
  defaults: Readonly<Record<string, unknown>>;
}

const KINDS = {
  voice_azure: {
    provider: 'azure',
    places: VOICE_PLACES.azure,
    defaults: { pitch: 0, rate: 15 },
  },
  voice_rime: {
    provider: 'rime-ai',
    places: VOICE_PLACES.rime,
    defaults: {},
  },
  voice_eleven_labs: {
    provider: '11labs',
    places: VOICE_PLACES.elevenLabs,
    defaults: { experimental_input_streaming: false },
  },
  voice_play_ht: {
    provider: 'playht',
    places: VOICE_PLACES.playHt,
    defaults: { version: '2', experimental_remove_silence: false },
  },
  voice_vocode: { provider: 'offline', places: { voice_id: 'voiceId' }, defaults: {} },
} as const satisfies Record<string, VoiceKind>;

export type VoiceType = keyof typeof KINDS;

export function kindOf(type: VoiceType): VoiceKind {
  return KINDS[type];
}

/** The only voice of the vendor's own. */
export const OWN_VOICE_ID = 'joe';
/** Between the vendor and the name of a voice that this API has no type for. */
const SEPARATOR = ':';

/**
 * The type of a voice here; undefined where it has none, as those of vendors that only other APIs know, and those
 * without a name.
 */
export function typeOf({ provider, voiceId }: VoiceSettings): VoiceType | undefined {
  if (voiceId === undefined || (provider === 'offline' && voiceId !== OWN_VOICE_ID)) return undefined;
  const found = Object.entries(KINDS).find(([, kind]) => kind.provider === provider);
  return found?.[0] as VoiceType | undefined;
}

/** The type that a voice is shown with; where it has none, the offline one is the last revision's own. */
export function shownType(voice: VoiceSettings, { knowsNull }: Pick<VocodeRevision, 'knowsNull'>): VoiceType {
  const isDefault = voice.provider === 'offline' && voice.voiceId === undefined;
  return typeOf(voice) ?? (isDefault && knowsNull ? 'voice_vocode' : 'voice_azure');
}

/** How a voice without a type is shown: as a name of the type that has a name only. It is understood when it comes back. */
export function foreignName({ provider, voiceId = '' }: VoiceSettings): string {
  return `${provider}${SEPARATOR}${voiceId}`;
}

/** The voice behind such a name; undefined where it is a plain name. */
export function foreignVoice(name: string): Pick<VoiceSettings, 'provider' | 'voiceId'> | undefined {
  // The vendor's own voices are called en-US-JennyNeural and the like: a colon is in none.
  const [, provider, voiceId] = /^([a-z0-9-]{1,40}):(.*)$/s.exec(name) ?? [];
  if (provider === undefined || (provider !== 'offline' && !isVendorProvider(provider))) return undefined;
  return { provider, ...(voiceId && { voiceId }) };
}
