import * as z from 'zod';
import { named } from '../components.ts';
import { headerMap, serverUrl } from '../fields.ts';
import { providerServerSchema } from '../servers/schema.ts';
import { refuseStraySecrets } from '../servers/stray-secrets.ts';
import { toolMessagesSchema } from '../tools/message-schema.ts';
import { functionSchema, toolSchema } from '../tools/schema.ts';

const MAX_MESSAGES = 1000;
const MAX_TOOLS = 200;
const MAX_NAME_LENGTH = 200;

/** The vendor's names of model providers, and the exchange's own `scripted`. */
const MODEL_PROVIDERS = [
  'openai',
  'anthropic',
  'anthropic-bedrock',
  'anyscale',
  'cerebras',
  'custom-llm',
  'deepinfra',
  'deep-seek',
  'google',
  'groq',
  'inflection-ai',
  'minimax',
  'openrouter',
  'perplexity-ai',
  'together-ai',
  'xai',
  'vapi',
  'offhook',
] as const;

/** The vendor's names of voice providers, and the exchange's own `offline`. */
const VOICE_PROVIDERS = [
  'azure',
  'cartesia',
  'custom-voice',
  'deepgram',
  '11labs',
  'hume',
  'lmnt',
  'neuphonic',
  'openai',
  'playht',
  'wellsaid',
  'rime-ai',
  'smallest-ai',
  'tavus',
  'vapi',
  'sesame',
  'inworld',
  'minimax',
  'xai',
  'microsoft',
  'offline',
] as const;

const TRANSCRIBER_PROVIDERS = [
  'assembly-ai',
  'azure',
  'custom-transcriber',
  'deepgram',
  '11labs',
  'gladia',
  'google',
  'speechmatics',
  'talkscriber',
  'openai',
  'cartesia',
  'soniox',
  'xai',
  'vapi',
  'offline',
] as const;

/** Providers that have one model, or choose it themselves. */
const MODEL_OPTIONAL: ReadonlySet<string> = new Set(['vapi', 'offhook']);
const VOICE_ID_OPTIONAL: ReadonlySet<string> = new Set(['custom-voice', 'offline']);

const messageSchema = z.strictObject({
  role: z.enum(['assistant', 'function', 'user', 'system', 'tool', 'developer']),
  content: z.string(),
});

const modelWith = <T extends z.ZodType>(tool: T) =>
  z
    .looseObject({
      provider: z.enum(MODEL_PROVIDERS),
      model: z.string().min(1).max(MAX_NAME_LENGTH).nullish(),
      url: serverUrl().nullish(),
      headers: headerMap().nullish(),
      messages: z.array(messageSchema).max(MAX_MESSAGES).nullish(),
      tools: z.array(tool).max(MAX_TOOLS).nullish(),
      toolIds: z.array(z.string().max(MAX_NAME_LENGTH)).max(MAX_TOOLS).nullish(),
      temperature: z.number().min(0).max(2).nullish(),
      maxTokens: z.number().min(50).max(10_000).nullish(),
    })
    .superRefine(refuseStraySecrets(['tools']))
    .superRefine(({ provider, model, url }, context) => {
      if (!model && !MODEL_OPTIONAL.has(provider)) {
        context.addIssue({ code: 'custom', path: ['model'], message: 'must be a string' });
      }
      if (!url && provider === 'custom-llm') {
        context.addIssue({ code: 'custom', path: ['url'], message: 'must be a URL address' });
      }
    });

export const modelSchema = named('AssistantModel', modelWith(toolSchema));

/** The two tools by which a transfer assistant decides. It has them anyway; named here they get other words. */
const decidingToolSchema = z.strictObject({
  type: z.enum(['transferSuccessful', 'transferCancel']),
  function: functionSchema.nullish(),
  messages: toolMessagesSchema.nullish(),
});

export const transferModelSchema = named(
  'TransferAssistantModel',
  modelWith(z.union([decidingToolSchema, toolSchema])),
);

export const voiceSchema = z
  .looseObject({
    provider: z.enum(VOICE_PROVIDERS),
    voiceId: z.string().min(1).max(MAX_NAME_LENGTH).nullish(),
    model: z.string().max(MAX_NAME_LENGTH).nullish(),
    speed: z.number().min(0).nullish(),
    server: providerServerSchema.nullish(),
  })
  .superRefine(({ provider, voiceId, server }, context) => {
    if (!voiceId && !VOICE_ID_OPTIONAL.has(provider)) {
      context.addIssue({ code: 'custom', path: ['voiceId'], message: 'must be a string' });
    }
    if (!server && provider === 'custom-voice') {
      context.addIssue({ code: 'custom', path: ['server'], message: 'must be an object' });
    }
  });

export const transcriberSchema = z
  .looseObject({
    provider: z.enum(TRANSCRIBER_PROVIDERS),
    model: z.string().max(MAX_NAME_LENGTH).nullish(),
    language: z.string().max(MAX_NAME_LENGTH).nullish(),
    server: providerServerSchema.nullish(),
  })
  .superRefine(({ provider, server }, context) => {
    if (!server && provider === 'custom-transcriber') {
      context.addIssue({ code: 'custom', path: ['server'], message: 'must be an object' });
    }
  });

export type ModelBody = z.output<typeof modelSchema>;
export type VoiceBody = z.output<typeof voiceSchema>;
export type TranscriberBody = z.output<typeof transcriberSchema>;
