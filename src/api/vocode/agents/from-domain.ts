import type { Agent } from '../../../domain/agents/agent.ts';
import { AGENT_DEFAULTS } from '../../../domain/agents/agent-defaults.ts';
import { promptTextOf } from '../../../domain/parts/agent-copies.ts';
import type { ExpandedAgent } from '../../server/agent-changes.ts';
import { fromAction } from '../actions/from-domain.ts';
import { fromPrompt } from '../prompts/from-domain.ts';
import { shown, type VocodeRevision } from '../revision.ts';
import { fromVectorDatabase } from '../vector-databases/from-domain.ts';
import { fromVoice } from '../voices/from-domain.ts';
import { fromWebhook } from '../webhooks/from-domain.ts';
import { DEFAULT_MODEL } from './default-model.ts';
import { LANGUAGES } from './languages.ts';

type Json = Record<string, unknown>;

const MS_PER_SECOND = 1000;
const DEFAULT_LANGUAGE = 'en';
const KEYWORD = /^(.*):([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/s;

/**
 * The vendor's shape of an agent with all that it is made of.
 * @param connection the account that its model is asked with, as it is shown.
 */
export function fromAgent(
  revision: VocodeRevision,
  { agent, prompt, voice, webhook, vectorDatabase, tools }: ExpandedAgent,
  connection?: Json,
): Json {
  return shown(revision, {
    ...fieldsOf(agent),
    prompt: revision.prompts === 'text' ? prompt.content : fromPrompt(revision, prompt),
    actions: tools.map(fromAction),
    voice: fromVoice(revision, voice),
    webhook: webhook ? fromWebhook(webhook) : null,
    vector_database: vectorDatabase ? fromVectorDatabase(vectorDatabase) : null,
    openai_account_connection: connection ?? null,
  });
}

/** The form that lists show: parts by their ids. */
export function fromAgentItem(revision: VocodeRevision, agent: Agent): Json {
  const { partIds = {}, brain, brainCredentialId } = agent;
  return shown(revision, {
    ...fieldsOf(agent),
    prompt: revision.prompts === 'text' ? promptTextOf(agent) : partIds.prompt,
    actions: brain?.toolIds ?? [],
    voice: partIds.voice,
    webhook: partIds.webhook ?? null,
    vector_database: partIds.vectorDatabase ?? null,
    openai_account_connection: brainCredentialId ?? null,
  });
}

/** The agent's language where the vendor has it, without its country. */
export function shownLanguage({ transcriber }: Pick<Agent, 'transcriber'>): string {
  const [language] = (transcriber?.language ?? '').toLowerCase().split('-', 1);
  return LANGUAGES.find((one) => one === language) ?? DEFAULT_LANGUAGE;
}

function fieldsOf(agent: Agent): Json {
  const { dials = {}, brain } = agent;
  return {
    id: agent.id,
    user_id: agent.orgId,
    name: agent.name ?? null,
    language: shownLanguage(agent),
    initial_message: agent.firstMessage ?? null,
    interrupt_sensitivity: dials.interruptSensitivity ?? 'low',
    context_endpoint: agent.contextEndpoint ?? null,
    noise_suppression: dials.noiseSuppression ?? false,
    endpointing_sensitivity: dials.endpointingSensitivity ?? 'auto',
    ivr_navigation_mode: dials.ivrNavigationMode ?? 'off',
    conversation_speed: dials.conversationSpeed ?? 1,
    initial_message_delay: (dials.initialMessageDelayMs ?? 0) / MS_PER_SECOND,
    openai_model_name_override: modelOverrideOf(agent),
    ask_if_human_present_on_idle: dials.askIfPresentOnIdle ?? false,
    run_do_not_call_detection: agent.doNotCallDetection ?? false,
    llm_fallback: fallbackOf(agent),
    deepgram_keywords: keywordsOf(agent),
    // Other APIs take fractions.
    idle_time_seconds: dials.idleTimeSeconds === undefined ? null : Math.round(dials.idleTimeSeconds),
    llm_temperature: brain?.temperature ?? AGENT_DEFAULTS.temperature,
  };
}

/** Null where the agent only has an account at OpenAI. */
function modelOverrideOf({ brain }: Agent): string | null {
  if (brain?.provider !== 'openai' || brain.model === undefined || brain.model === DEFAULT_MODEL) return null;
  return brain.model;
}

function fallbackOf({ llmFallback }: Agent): Json | null {
  if (!llmFallback) return null;
  const { provider, model } = llmFallback;
  return { provider: provider.startsWith('azure') ? 'azure' : 'openai', model_name: model };
}

function keywordsOf({ transcriber }: Agent): Record<string, number> | null {
  const { keywords } = transcriber?.settings ?? {};
  if (!Array.isArray(keywords)) return null;
  const pairs = keywords
    .filter((keyword) => typeof keyword === 'string')
    .map((keyword) => {
      const [, word = keyword, eagerness = '1'] = KEYWORD.exec(keyword) ?? [];
      return [word, Number(eagerness)] as const;
    });
  return Object.fromEntries(pairs);
}
