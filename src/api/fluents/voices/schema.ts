import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { named } from '../components.ts';
import { description, label, numeric } from '../fields.ts';
import { kindOf } from './voice-kinds.ts';

const MAX_NAME_LENGTH = 200;

const name = () => z.string().min(1).max(MAX_NAME_LENGTH);
const MAX_KEY_LENGTH = 4096;

const secretText = () => z.string().min(1).max(MAX_KEY_LENGTH).meta({ writeOnly: true });

const keys = {
  type: z.string().regex(/^voice_[a-z0-9][a-z0-9_-]{0,40}$/),
  label: label().nullish(),
  description: description().nullish(),
  voice_id: name().nullish(),
  voice_name: name().nullish(),
  speaker: name().nullish(),
  model_id: name().nullish(),
  version: name().nullish(),
  pitch: numeric().nullish(),
  rate: numeric().nullish(),
  speed: numeric().nullish(),
  speed_alpha: numeric().nullish(),
  stability: numeric().nullish(),
  similarity_boost: numeric().nullish(),
  optimize_streaming_latency: numeric().nullish(),
  experimental_input_streaming: z.boolean().nullish(),
  quality: name().nullish(),
  temperature: numeric().nullish(),
  top_p: numeric().nullish(),
  text_guidance: numeric().nullish(),
  voice_guidance: numeric().nullish(),
  experimental_remove_silence: z.boolean().nullish(),
  api_key: secretText().nullish(),
  api_user_id: secretText().nullish(),
};

export const updateVoiceSchema = named('UpdateVoiceBody', z.object({ ...keys, type: keys.type.optional() }));

export type VoiceBody = z.output<typeof updateVoiceSchema>;

export const createVoiceSchema = named(
  'CreateVoiceBody',
  z.object(keys).superRefine((body, context) => {
    const { required } = kindOf(body.type);
    if (required === undefined || (body as Record<string, unknown>)[required]) return;
    context.addIssue({ code: 'custom', path: [required], message: `should not be empty for ${body.type}` });
  }),
);

export const voiceSchema = named(
  'VoiceDto',
  z.looseObject({ id: z.string(), user_id: z.string(), type: z.string() }),
);

export const voicePageSchema = named('VoicePage', pageSchema(voiceSchema));
