import type { PartOf } from '../../../domain/parts/part.ts';
import { Secret } from '../../../lib/secret.ts';
import { compact, MASK } from '../fields.ts';
import type { VoiceValue } from './to-domain.ts';
import { kindOf, typeOf } from './voice-kinds.ts';

type Json = Record<string, unknown>;

/** The vendor's shape of a stored voice: unset keys are left out, secrets masked. */
export function fromVoice({ id, orgId, ...value }: PartOf<'voice'>): Json {
  return { id, user_id: orgId, ...fromVoiceValue(value) };
}

/** The same of a voice that has no row, as in the agent of a call that is over. */
export function fromVoiceValue({ voice, label, description }: VoiceValue): Json {
  const type = typeOf(voice);
  const shown = Object.entries(kindOf(type).places).map(([key, place]) => {
    const value = typeof place === 'object' ? voice.settings[place.setting] : voice[place];
    return [key, value instanceof Secret ? MASK : value];
  });
  return { type, ...compact({ label, description, ...Object.fromEntries(shown) }) };
}
