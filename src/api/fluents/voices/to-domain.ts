import type { VoiceSettings } from '../../../domain/agents/agent.ts';
import type { PartOf } from '../../../domain/parts/part.ts';
import { Secret } from '../../../lib/secret.ts';
import { checked } from '../../server/failure.ts';
import { assign, toSecret } from '../fields.ts';
import { createVoiceSchema, type VoiceBody } from './schema.ts';
import { kindOf, SECRET_KEYS, typeOf } from './voice-kinds.ts';

/** What of a voice its writer decides. */
export type VoiceValue = Pick<PartOf<'voice'>, 'voice' | 'label' | 'description'>;

/**
 * @throws {RequestInvalidError} where a required field is missing; a body that was checked as a change may lack some.
 */
export function toVoice(body: VoiceBody): VoiceValue {
  const { type } = checked(createVoiceSchema, body);
  return withKeys({ voice: { provider: kindOf(type).provider, settings: {} } }, body);
}

/** Whether a body means another vendor's voice, of which nothing can be kept. */
export function isOtherKind(current: VoiceSettings, body: VoiceBody): boolean {
  return body.type !== undefined && body.type !== typeOf(current);
}

/**
 * The voice after a change: keys that are given replace, null unsets, all others stay. One of another kind replaces it.
 * @throws {RequestInvalidError} where the new kind lacks a required field, or the old one would lose it.
 */
export function withVoice(value: VoiceValue, body: VoiceBody): VoiceValue {
  if (!isOtherKind(value.voice, body)) return withKeys(value, body);
  const { label, description } = value;
  const kept = withKeys(toVoice(body), {});
  return withKeys(
    { ...kept, ...(label !== undefined && { label }), ...(description !== undefined && { description }) },
    body,
  );
}

function withKeys(value: VoiceValue, body: VoiceBody): VoiceValue {
  const { required, places } = kindOf(typeOf(value.voice));
  const voice: VoiceSettings = { ...value.voice, settings: { ...value.voice.settings } };
  const draft: VoiceValue = { ...value, voice };
  if (body.label !== undefined) assign(draft, 'label', body.label);
  if (body.description !== undefined) assign(draft, 'description', body.description);
  for (const [key, place] of Object.entries(places)) {
    const given = (body as Record<string, unknown>)[key];
    // What the voice cannot be without is not unset.
    if (given === undefined || (given === null && key === required)) continue;
    if (typeof place === 'object') {
      const current = voice.settings[place.setting];
      const isSecret = SECRET_KEYS.has(key) && typeof given === 'string';
      const value = isSecret ? toSecret(given, current instanceof Secret ? current : undefined) : given;
      assign(voice.settings, place.setting, value);
    } else assign<VoiceSettings, typeof place>(voice, place, given as never);
  }
  return draft;
}
