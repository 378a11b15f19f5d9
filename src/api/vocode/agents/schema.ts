import * as z from 'zod';
import { actionSchemas } from '../actions/schema.ts';
import { clearable, flag, given, identityShape, integer, number, serverUrl, uuid } from '../fields.ts';
import { promptSchemas } from '../prompts/schema.ts';
import { named, perRevision, type VocodeRevision } from '../revision.ts';
import { clearableSlot, givenSlot, promptSlot, slot } from '../slots.ts';
import { vectorDatabaseSchemas } from '../vector-databases/schema.ts';
import { voiceSchemas } from '../voices/schema.ts';
import { webhookSchemas } from '../webhooks/schema.ts';
import { LANGUAGES } from './languages.ts';

/** The vendor's documentation names the range; waits are divided by it. */
const SLOWEST = 0.5;
const FASTEST = 2;
/** Longer silences before the first message are longer than any caller waits. */
const MAX_DELAY_SECONDS = 60;
const MAX_IDLE_SECONDS = 3600;
const MAX_TEMPERATURE = 2;
const MAX_ACTIONS = 100;
const MAX_KEYWORDS = 1000;

const language = z.enum(LANGUAGES);
const interruptSensitivity = z.enum(['low', 'high']);
const endpointingSensitivity = z.enum(['auto', 'relaxed', 'sensitive']);
const ivrNavigationMode = z.enum(['default', 'off']);
const llmFallback = z.object({ provider: z.enum(['openai', 'azure']), model_name: z.string() });
const keywords = z.record(z.string(), number()).refine((value) => Object.keys(value).length <= MAX_KEYWORDS, {
  message: `must have no more than ${MAX_KEYWORDS} keywords`,
});
/** A connection by its id, or as it was read. */
const connectionSlot = z.union([uuid(), z.object({ id: uuid() }).transform(({ id }) => id)]);

const idleSeconds = () => integer(1, MAX_IDLE_SECONDS);
const delaySeconds = () => number(0, MAX_DELAY_SECONDS);
const speed = () => number(SLOWEST, FASTEST);
const temperature = () => number(0, MAX_TEMPERATURE);

/** Fields that stand in the agent itself, and what a new one has of them. */
const ownParams = {
  name: z.string().nullish(),
  language: language.default('en'),
  initial_message: z.string().nullish(),
  interrupt_sensitivity: interruptSensitivity.default('low'),
  context_endpoint: serverUrl().nullish(),
  noise_suppression: flag().default(false),
  endpointing_sensitivity: endpointingSensitivity.default('auto'),
  ivr_navigation_mode: ivrNavigationMode.default('off'),
  conversation_speed: speed().default(1),
  initial_message_delay: delaySeconds().default(0),
  openai_model_name_override: z.string().nullish(),
  ask_if_human_present_on_idle: flag().default(false),
  openai_account_connection: connectionSlot.nullish(),
  run_do_not_call_detection: flag().default(false),
  llm_fallback: llmFallback.nullish(),
  deepgram_keywords: keywords.nullish(),
  idle_time_seconds: idleSeconds().nullish(),
  llm_temperature: temperature().default(0),
};

function ownUpdates(revision: VocodeRevision) {
  return {
    name: clearable(revision, z.string()),
    language: given(language),
    initial_message: clearable(revision, z.string()),
    interrupt_sensitivity: given(interruptSensitivity),
    context_endpoint: clearable(revision, serverUrl()),
    noise_suppression: given(flag()),
    endpointing_sensitivity: given(endpointingSensitivity),
    ivr_navigation_mode: given(ivrNavigationMode),
    conversation_speed: given(speed()),
    initial_message_delay: given(delaySeconds()),
    openai_model_name_override: clearable(revision, z.string()),
    ask_if_human_present_on_idle: given(flag()),
    openai_account_connection: clearable(revision, connectionSlot),
    run_do_not_call_detection: given(flag()),
    llm_fallback: clearable(revision, llmFallback),
    deepgram_keywords: clearable(revision, keywords),
    idle_time_seconds: clearable(revision, idleSeconds()),
    // The vendor's own update lacks it, so that there it can be set once only.
    llm_temperature: given(temperature()),
  };
}

export const agentSchemas = perRevision((revision) => {
  const prompts = promptSchemas(revision);
  const voices = voiceSchemas(revision);
  const webhooks = webhookSchemas(revision);
  const databases = vectorDatabaseSchemas(revision);
  const actions = actionSchemas(revision);
  const slots = {
    prompt: promptSlot(prompts.inline),
    actions: z.array(slot(actions.params)).max(MAX_ACTIONS).default([]),
    voice: slot(voices.params),
    webhook: slot(webhooks.params).nullish(),
    vector_database: slot(databases.params).nullish(),
  };
  const updateSlots = {
    prompt: given(promptSlot(prompts.update)),
    actions: given(z.array(slot(actions.update)).max(MAX_ACTIONS)),
    voice: givenSlot(voices.update),
    webhook: clearableSlot(revision, webhooks.update),
    vector_database: clearableSlot(revision, databases.update),
  };
  const shownOwn = { ...identityShape, ...ownParams };
  return {
    params: named(revision, 'AgentParams', z.object({ ...ownParams, ...slots })),
    /** Of an outbound call, which may do without a voice. */
    callParams: named(
      revision,
      'CreateCallAgentParams',
      z.object({ ...ownParams, ...slots, voice: slots.voice.optional() }),
    ),
    update: named(revision, 'AgentUpdateParams', z.object({ ...ownUpdates(revision), ...updateSlots })),
    shown: named(
      revision,
      'Agent',
      z.object({
        ...shownOwn,
        prompt: revision.prompts === 'text' ? z.string() : prompts.shown,
        actions: z.array(actions.shown),
        voice: voices.shown,
        webhook: webhooks.shown.nullish(),
        vector_database: databases.shown.nullish(),
        openai_account_connection: z.record(z.string(), z.unknown()).nullish(),
      }),
    ),
    listed: named(
      revision,
      'NormalizedAgent',
      z.object({
        ...shownOwn,
        prompt: z.string(),
        actions: z.array(z.guid()),
        voice: z.guid(),
        webhook: z.guid().nullish(),
        vector_database: z.guid().nullish(),
        openai_account_connection: z.guid().nullish(),
      }),
    ),
  };
});

type Schemas = ReturnType<typeof agentSchemas>;
export type AgentParams = z.output<Schemas['params']>;
export type CreateCallAgentParams = z.output<Schemas['callParams']>;
export type AgentUpdateParams = z.output<Schemas['update']>;
