import type { Agent, TranscriberSettings } from '../../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../../domain/agents/blank-brain.ts';
import { type AgentSetters, dial, SHARED_SETTERS, setBrain, withGiven } from '../../server/agent-setters.ts';
import { assign } from '../fields.ts';
import { DEFAULT_MODEL } from './default-model.ts';
import { shownLanguage } from './from-domain.ts';
import type { AgentParams, AgentUpdateParams, CreateCallAgentParams } from './schema.ts';

const MODEL_PROVIDER = 'openai';
/** The vendor's own transcriber: an agent that names a language or keywords has it. */
const TRANSCRIBER: TranscriberSettings = { provider: 'deepgram', settings: {} };
const MS_PER_SECOND = 1000;

/** Providers of the fallback by their names here and in the domain. */
export const FALLBACK_PROVIDERS = { openai: 'openai', azure: 'azure-openai' } as const;

type Body = AgentParams | AgentUpdateParams | CreateCallAgentParams;
type SlotKey = 'prompt' | 'actions' | 'voice' | 'webhook' | 'vector_database';
type Key = Exclude<keyof AgentUpdateParams, SlotKey>;

/** What each key does to an agent; undefined unsets. */
const SETTERS: AgentSetters<AgentUpdateParams, Key> = {
  ...SHARED_SETTERS,
  initial_message: (draft, value) => {
    assign(draft, 'firstMessage', value);
    // Here a message that is given is spoken.
    if (value !== undefined && draft.firstMessageMode === 'assistant-waits-for-user') {
      delete draft.firstMessageMode;
    }
  },
  initial_message_delay: (draft, value) =>
    dial('initialMessageDelayMs')(draft, value === undefined ? undefined : Math.round(value * MS_PER_SECOND)),
  llm_fallback: (draft, value) => {
    const provider = value && FALLBACK_PROVIDERS[value.provider];
    assign(draft, 'llmFallback', provider && { provider, model: value.model_name });
  },
  openai_model_name_override: (draft, value) => {
    if (value !== undefined) setBrain(draft, 'provider', MODEL_PROVIDER);
    if (draft.brain?.provider === MODEL_PROVIDER) setBrain(draft, 'model', value ?? DEFAULT_MODEL);
  },
  openai_account_connection: (draft, value) => {
    assign(draft, 'brainCredentialId', value);
    if (value === undefined) return;
    setBrain(draft, 'provider', MODEL_PROVIDER);
    if (draft.brain?.model === undefined) setBrain(draft, 'model', DEFAULT_MODEL);
  },
  language: (draft, value) => {
    // What is shown of a language that is told more exactly does not overwrite it when it comes back.
    if (value === undefined || (draft.transcriber?.language && value === shownLanguage(draft))) return;
    draft.transcriber = { ...(draft.transcriber ?? TRANSCRIBER), language: value };
  },
  deepgram_keywords: (draft, value) => {
    if (value === undefined && draft.transcriber === undefined) return;
    const transcriber = draft.transcriber ?? TRANSCRIBER;
    const settings = { ...transcriber.settings };
    assign(settings, 'keywords', value && toKeywords(value));
    draft.transcriber = { ...transcriber, settings };
  },
};

/** The agent after a change of all but its parts: keys that are given replace, null unsets, all others stay. */
export function withFields(agent: Agent, body: Body, now: number): Agent {
  return withGiven<AgentUpdateParams, Key>(agent, body, SETTERS, now);
}

/** A new agent, without its parts. */
export function withNewFields(blank: Agent, body: AgentParams | CreateCallAgentParams, now: number): Agent {
  return withFields({ ...blank, brain: { ...BLANK_BRAIN } }, body, now);
}

/** Deepgram's own form of a keyword: the word and how eagerly it is listened for. */
function toKeywords(words: Record<string, number>): string[] {
  return Object.entries(words).map(([word, eagerness]) => `${word}:${eagerness}`);
}
