import type { VoiceSettings } from '../../../domain/agents/agent.ts';
import { Secret } from '../../../lib/secret.ts';
import { checked } from '../../server/failure.ts';
import { assign, toSecret } from '../fields.ts';
import type { VocodeRevision } from '../revision.ts';
import { type VoiceParams, type VoiceUpdateParams, voiceSchemas } from './schema.ts';
import { foreignVoice, kindOf, shownType } from './voice-kinds.ts';

/** Settings that are secrets. */
const SECRETS: ReadonlySet<string> = new Set(['apiKey', 'userId']);

export function toVoice(body: VoiceParams): VoiceSettings {
  return withKeys({ provider: kindOf(body.type).provider, settings: {} }, body);
}

/** Whether a body means a voice of another type than the current one, of which nothing is kept. */
export function isOtherType(
  current: VoiceSettings,
  { type }: VoiceUpdateParams,
  revision: VocodeRevision,
): boolean {
  return shownType(current, revision) !== type;
}

/**
 * The voice after a change: keys that are given replace, null unsets, all others stay. One of another type replaces it.
 * @throws {RequestInvalidError} where the other type lacks a field that it needs.
 */
export function withVoice(
  current: VoiceSettings,
  body: VoiceUpdateParams,
  revision: VocodeRevision,
): VoiceSettings {
  if (isOtherType(current, body, revision)) return toVoice(checked(voiceSchemas(revision).params, body));
  return withKeys({ ...current, settings: { ...current.settings } }, body);
}

function withKeys(draft: VoiceSettings, body: VoiceParams | VoiceUpdateParams): VoiceSettings {
  if (body.type === 'voice_azure' && body.voice_name !== undefined) {
    const foreign = foreignVoice(body.voice_name);
    if (foreign) return { ...draft, ...foreign };
    // A name of its own makes a voice azure's that had only been shown so.
    if (draft.provider !== 'azure') return toVoice({ pitch: 0, rate: 15, ...body } as VoiceParams);
  }
  for (const [key, place] of Object.entries(kindOf(body.type).places)) {
    const value = (body as Record<string, unknown>)[key];
    if (value === undefined) continue;
    if (typeof place !== 'object') assign<VoiceSettings, typeof place>(draft, place, value as never);
    else if (typeof value === 'string' && SECRETS.has(place.setting)) {
      const current = draft.settings[place.setting];
      assign(draft.settings, place.setting, toSecret(value, current instanceof Secret ? current : undefined));
    } else assign(draft.settings, place.setting, value);
  }
  return draft;
}
