import * as z from 'zod';
import { pageSchema } from '../../server/pages.ts';
import { createConnectionSchema } from '../account-connections/schema.ts';
import { updateActionSchema } from '../actions/schema.ts';
import { named } from '../components.ts';
import { anyObject, description, idText, label, numeric, serverUrl } from '../fields.ts';
import { promptBodySchema } from '../prompts/schema.ts';
import { updateVoiceSchema } from '../voices/schema.ts';
import { updateWebhookSchema } from '../webhooks/schema.ts';

const MAX_NAME_LENGTH = 200;
const MAX_ACTIONS = 200;
const MAX_KEYWORDS = 200;
const MAX_KEYWORD_LENGTH = 100;
const MAX_AFTER_CALL = 100;
/** A day: longer silences, delays and calls are mistakes. */
const MAX_SECONDS = 86_400;
const MAX_IDLE_CHECKS = 100;

export const LANGUAGES = ['en', 'es', 'de', 'hi', 'pt', 'fr', 'nl', 'id', 'it', 'ja', 'ko'] as const;

/** Keys that the domain has no meaning for; they are kept as they came. */
export const KEPT_KEYS = ['enable_dynamic_turns', 'post_call_actions', 'post_call_insights'] as const;

const name = () => z.string().min(1).max(MAX_NAME_LENGTH);
const seconds = () => z.number().min(0).max(MAX_SECONDS);

/** A whole agent that was read and is sent back names its parts by their ids; invented ids mean nothing. */
const partId = { id: idText().optional().catch(undefined) };
const inlineAction = updateActionSchema.extend(partId);
const inlinePrompt = promptBodySchema.extend(partId);
const inlineVoice = updateVoiceSchema.extend(partId);
const inlineWebhook = updateWebhookSchema.extend(partId);
const inlineConnectionSchema = z.union([z.object({ id: idText() }), createConnectionSchema]);

/** How eager a keyword is listened for, by the word. */
const keywords = z
  .record(z.string().min(1).max(MAX_KEYWORD_LENGTH), numeric())
  .refine((words) => Object.keys(words).length <= MAX_KEYWORDS, {
    error: `must have no more than ${MAX_KEYWORDS} keys`,
  });

/** The model that answers when the agent's own fails; Vocode calls it `model_name`. */
const llmFallback = z
  .object({ provider: name(), model: name().nullish(), model_name: name().nullish() })
  .refine(({ model, model_name }) => model || model_name, {
    path: ['model'],
    error: 'should not be empty',
  });

const keys = {
  name: label().nullish(),
  label: label().nullish(),
  description: description().nullish(),
  prompt: z.union([idText(), inlinePrompt]).nullish(),
  language: z.enum(LANGUAGES).nullish(),
  actions: z
    .array(z.union([idText(), inlineAction]))
    .max(MAX_ACTIONS)
    .nullish(),
  voice: z.union([idText(), inlineVoice]).nullish(),
  initial_message: z.string().nullish(),
  webhook: z.union([idText(), inlineWebhook]).nullish(),
  interrupt_sensitivity: z.enum(['low', 'high']).nullish(),
  context_endpoint: serverUrl().nullish(),
  noise_suppression: z.boolean().nullish(),
  endpointing_sensitivity: z.enum(['auto', 'relaxed', 'sensitive']).nullish(),
  ivr_navigation_mode: z.enum(['default', 'off']).nullish(),
  conversation_speed: z.number().min(0.5).max(2).nullish(),
  /** In milliseconds; Vocode's field of the same name is in seconds. */
  initial_message_delay: z
    .number()
    .min(0)
    .max(MAX_SECONDS * 1000)
    .nullish(),
  openai_model_name_override: name().nullish(),
  ask_if_human_present_on_idle: z.boolean().nullish(),
  openai_account_connection: z.union([idText(), inlineConnectionSchema]).nullish(),
  run_do_not_call_detection: z.boolean().nullish(),
  llm_fallback: llmFallback.nullish(),
  deepgram_keywords: keywords.nullish(),
  idle_time_seconds: seconds().nullish(),
  llm_temperature: z.number().min(0).max(2).nullish(),
  enable_recording: z.boolean().nullish(),
  provider: name().nullish(),
  model: name().nullish(),
  call_duration_sec: z.number().min(1).max(MAX_SECONDS).nullish(),
  max_idle_check_count: z.int().min(0).max(MAX_IDLE_CHECKS).nullish(),
  enable_dynamic_turns: z.boolean().nullish(),
  transcriber: anyObject().nullish(),
  post_call_actions: z.array(anyObject()).max(MAX_AFTER_CALL).nullish(),
  post_call_insights: z.array(anyObject()).max(MAX_AFTER_CALL).nullish(),
};

/** An agent given by the id of a stored one. */
export const agentSlotSchema = idText();

export const agentBodySchema = named('AgentWriteDto', z.object(keys));

/** An agent given in place. One that was read and is sent back is known by its id. */
export const inlineAgentSchema = agentBodySchema.extend(partId);

export type InlineAgent = z.output<typeof inlineAgentSchema>;
export type AgentBody = z.output<typeof agentBodySchema>;

export const agentSchema = named(
  'AgentDto',
  z.looseObject({
    id: z.string(),
    user_id: z.string(),
    prompt: z.looseObject({ content: z.string() }),
    voice: anyObject(),
    actions: z.array(anyObject()),
  }),
);

export const agentPageSchema = named('AgentPage', pageSchema(agentSchema));
