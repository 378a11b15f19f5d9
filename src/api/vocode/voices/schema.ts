import * as z from 'zod';
import { clearable, flag, given, identityShape, integer, number, unset } from '../fields.ts';
import { named, perRevision, type VocodeRevision } from '../revision.ts';
import { OWN_VOICE_ID } from './voice-kinds.ts';

const type = <T extends string>(name: T) => z.literal(name);
const name = () => z.string().max(MAX_NAME_LENGTH);
/** Longer than any vendor's name of a voice; it becomes part of a URL. */
const MAX_NAME_LENGTH = 500;
const MAX_KEY_LENGTH = 4096;

const apiKey = () => z.string().max(MAX_KEY_LENGTH).meta({ writeOnly: true });
const quality = z.enum(['faster', 'draft', 'low', 'medium', 'high', 'premium']);
const version = z.enum(['1', '2']);
const rimeModel = z.enum(['mist', 'v1']);

/** Fields that voices have beyond their name, of those that take null. */
const elevenLabsOptions = { stability: number(), similarity_boost: number() };
const elevenLabsModel = { optimize_streaming_latency: integer(), model_id: name() };
const playHtOptions = {
  api_user_id: apiKey(),
  api_key: apiKey(),
  speed: number(),
  quality,
  temperature: number(),
  top_p: number(),
  text_guidance: number(),
  voice_guidance: number(),
};

const nullish = <S extends z.ZodRawShape>(shape: S) =>
  Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [key, (schema as z.ZodType).nullish()]),
  ) as {
    [K in keyof S]: S[K] extends z.ZodType ? z.ZodOptional<z.ZodNullable<S[K]>> : never;
  };

const clearables = <S extends z.ZodRawShape>(revision: VocodeRevision, shape: S) =>
  Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [key, clearable(revision, schema as z.ZodType)]),
  ) as { [K in keyof S]: S[K] extends z.ZodType ? ReturnType<typeof clearable<S[K]>> : never };

function paramsOf(revision: VocodeRevision) {
  return [
    z.object({
      type: type('voice_azure'),
      voice_name: name(),
      pitch: integer().default(0),
      rate: integer().default(15),
    }),
    z.object({
      type: type('voice_rime'),
      speaker: name(),
      ...nullish({ speed_alpha: number() }),
      model_id: z.union([rimeModel, unset()]).nullish(),
    }),
    z.object({
      type: type('voice_eleven_labs'),
      voice_id: name(),
      ...nullish({ ...elevenLabsOptions, ...elevenLabsModel }),
      // The first revision asks for a key of one's own; later ones have an account for all.
      api_key: revision.knowsNull
        ? apiKey().nullish()
        : (apiKey() as unknown as z.ZodOptional<z.ZodNullable<z.ZodString>>),
      // Shown as false where it was not given: only who gives it is told that it has no effect.
      experimental_input_streaming: flag().optional(),
    }),
    z.object({
      type: type('voice_play_ht'),
      voice_id: name(),
      ...nullish(playHtOptions),
      version: version.default('2'),
      experimental_remove_silence: flag().default(false),
    }),
    z.object({ type: type('voice_vocode'), voice_id: z.literal(OWN_VOICE_ID) }),
  ] as const;
}

function updatesOf(revision: VocodeRevision) {
  return [
    z.object({
      type: type('voice_azure'),
      voice_name: given(name()),
      pitch: given(integer()),
      rate: given(integer()),
    }),
    z.object({
      type: type('voice_rime'),
      speaker: given(name()),
      ...clearables(revision, { speed_alpha: number(), model_id: rimeModel }),
    }),
    z.object({
      type: type('voice_eleven_labs'),
      voice_id: given(name()),
      ...clearables(revision, { ...elevenLabsOptions, ...elevenLabsModel, api_key: apiKey() }),
      experimental_input_streaming: given(flag()),
    }),
    z.object({
      type: type('voice_play_ht'),
      voice_id: given(name()),
      ...clearables(revision, playHtOptions),
      version: given(version),
      experimental_remove_silence: given(flag()),
    }),
    z.object({ type: type('voice_vocode'), voice_id: given(z.literal(OWN_VOICE_ID)) }),
  ] as const;
}

export const voiceSchemas = perRevision((revision) => {
  const params = z.discriminatedUnion('type', paramsOf(revision));
  const [azure, ...others] = paramsOf(revision);
  const shownMembers = [azure, ...others].map((member) => z.object({ ...identityShape, ...member.shape }));
  return {
    params: named(revision, 'VoiceParamsRequest', params),
    update: named(revision, 'VoiceUpdateParamsRequest', z.discriminatedUnion('type', updatesOf(revision))),
    shown: named(revision, 'VoiceResponseModel', z.union(shownMembers)),
  };
});

type Schemas = ReturnType<typeof voiceSchemas>;
export type VoiceParams = z.output<Schemas['params']>;
export type VoiceUpdateParams = z.output<Schemas['update']>;
