import type { Agent } from '../../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../../domain/agents/blank-brain.ts';
import { type AgentSetters, dial, SHARED_SETTERS, setBrain, withGiven } from '../../server/agent-setters.ts';
import { assign } from '../fields.ts';
import { shownLanguage } from './language.ts';
import type { AgentBody, KEPT_KEYS } from './schema.ts';
import { toKeywords, toTranscriber, withKeywords, withLanguage } from './transcriber.ts';

/** Keys that name parts and accounts of their own; see `compose.ts`. */
export type SlotKey = 'prompt' | 'voice' | 'webhook' | 'actions' | 'openai_account_connection';

type Key = Exclude<keyof AgentBody, SlotKey>;

const OPENAI = 'openai';

const kept =
  (key: (typeof KEPT_KEYS)[number]) =>
  (draft: Agent, value: unknown): void => {
    const fluents: Record<string, unknown> = { ...draft.extras.fluents };
    assign(fluents, key, value);
    draft.extras = { ...draft.extras, fluents };
  };

/** What each key does to an agent; undefined unsets. */
const SETTERS: AgentSetters<AgentBody, Key> = {
  ...SHARED_SETTERS,
  label: (draft, value) => assign(draft, 'label', value),
  description: (draft, value) => assign(draft, 'description', value),
  initial_message: (draft, value) => assign(draft, 'firstMessage', value),
  initial_message_delay: dial('initialMessageDelayMs'),
  max_idle_check_count: dial('maxIdleChecks'),
  llm_fallback: (draft, value) => {
    const { provider, model, model_name: name } = value ?? {};
    assign(draft, 'llmFallback', provider ? { provider, model: model ?? name ?? '' } : undefined);
  },
  provider: (draft, value) => setBrain(draft, 'provider', value ?? BLANK_BRAIN.provider),
  model: (draft, value) => setBrain(draft, 'model', value),
  // The same model by its older name, which means one of OpenAI.
  openai_model_name_override: (draft, value) => {
    if (value !== undefined) setBrain(draft, 'provider', OPENAI);
    if (draft.brain?.provider === OPENAI) setBrain(draft, 'model', value);
  },
  enable_recording: (draft, value) => assign(draft, 'recordingEnabled', value),
  call_duration_sec: (draft, value) => assign(draft, 'maxDurationSeconds', value),
  transcriber: (draft, value) =>
    assign(draft, 'transcriber', value && toTranscriber(value, draft.transcriber)),
  language: (draft, value) => {
    // What is shown of a language that is told more exactly does not overwrite it when it comes back.
    if (value !== undefined && value === shownLanguage(draft)) return;
    assign(draft, 'transcriber', withLanguage(draft.transcriber, value));
  },
  deepgram_keywords: (draft, value) =>
    assign(draft, 'transcriber', withKeywords(draft.transcriber, value && toKeywords(value))),
  enable_dynamic_turns: kept('enable_dynamic_turns'),
  post_call_actions: kept('post_call_actions'),
  post_call_insights: kept('post_call_insights'),
};

/** The agent after a change of all but its parts: keys that are given replace, null unsets, all others stay. */
export function withFields(agent: Agent, body: AgentBody, now: number): Agent {
  const { openai_model_name_override: name, ...rest } = body;
  // Two names of one thing: null under the one does not unset what the other gives.
  const given = name === null && body.model ? rest : body;
  return withGiven<AgentBody, Key>(agent, given, SETTERS, now);
}

/** The agent with the account that its model is asked with, which is one of OpenAI's; undefined takes it away. */
export function withAccount(agent: Agent, credentialId: string | undefined): Agent {
  const draft = { ...agent };
  assign(draft, 'brainCredentialId', credentialId);
  const { provider } = agent.brain ?? BLANK_BRAIN;
  if (credentialId !== undefined && provider === BLANK_BRAIN.provider) setBrain(draft, 'provider', OPENAI);
  return draft;
}
