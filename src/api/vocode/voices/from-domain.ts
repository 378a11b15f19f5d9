import type { VoiceSettings } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';
import { Secret } from '../../../lib/secret.ts';
import { MASK } from '../fields.ts';
import { shown, type VocodeRevision } from '../revision.ts';
import { foreignName, kindOf, OWN_VOICE_ID, shownType, typeOf } from './voice-kinds.ts';

type Json = Record<string, unknown>;

export function fromVoice(revision: VocodeRevision, { id, orgId, voice }: PartOf<'voice'>): Json {
  return { id, user_id: orgId, ...fromVoiceSettings(revision, voice) };
}

function fromVoiceSettings(revision: VocodeRevision, voice: VoiceSettings): Json {
  const type = typeOf(voice);
  if (type === undefined) return withoutType(revision, voice);
  const { places, defaults } = kindOf(type);
  const values = Object.entries(places).map(([key, place]) => {
    const value = typeof place === 'object' ? voice.settings[place.setting] : voice[place];
    return [key, value instanceof Secret ? MASK : (value ?? defaults[key] ?? null)];
  });
  return shown(revision, { type, ...ownRules(revision, type, Object.fromEntries(values)) });
}

/** Values that clients of the vendor could not read. */
function ownRules(revision: VocodeRevision, type: string, values: Json): Json {
  switch (type) {
    case 'voice_eleven_labs':
      // The first revision always shows a key.
      return revision.knowsNull ? values : { ...values, api_key: values.api_key ?? '' };
    case 'voice_play_ht':
      return { ...values, version: values.version === '1' ? '1' : '2' };
    case 'voice_rime':
      return {
        ...values,
        model_id: values.model_id === 'mist' || values.model_id === 'v1' ? values.model_id : null,
      };
    default:
      return values;
  }
}

/** A voice that this API has no type for. */
function withoutType(revision: VocodeRevision, voice: VoiceSettings): Json {
  if (shownType(voice, revision) === 'voice_vocode') return { type: 'voice_vocode', voice_id: OWN_VOICE_ID };
  return { type: 'voice_azure', voice_name: foreignName(voice), ...kindOf('voice_azure').defaults };
}
