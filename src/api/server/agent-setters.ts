import type { Agent, BrainSettings, ConversationDials } from '../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../domain/agents/blank-brain.ts';
import { assign } from './fields.ts';

/** What a key of a body does to the draft of an agent; undefined unsets. */
type AgentSetter<V> = (draft: Agent, value: NonNullable<V> | undefined) => void;

/** One for each key, in the order in which keys count that say the same: the more special one is the last. */
export type AgentSetters<B, K extends keyof B> = { [Key in K]-?: AgentSetter<B[Key]> };

/** The agent after a change of all but its parts: keys that are given replace, null unsets, all others stay. */
export function withGiven<B extends object, K extends keyof B>(
  agent: Agent,
  body: B,
  setters: AgentSetters<B, K>,
  now: number,
): Agent {
  const draft: Agent = { ...agent, updatedAt: now };
  for (const key of Object.keys(setters) as K[]) {
    const value = body[key];
    if (value !== undefined) setters[key](draft, value ?? undefined);
  }
  return draft;
}

/** Sets one of the dials of a draft; undefined unsets it. */
export const dial =
  <K extends keyof ConversationDials>(key: K) =>
  (draft: Agent, value: ConversationDials[K] | undefined): void => {
    const dials = { ...draft.dials };
    assign(dials, key, value);
    assign(draft, 'dials', Object.keys(dials).length > 0 ? dials : undefined);
  };

/** Sets what a draft thinks with; undefined unsets it, and is no reason to make a brain. */
export function setBrain<K extends 'provider' | 'model' | 'temperature'>(
  draft: Agent,
  key: K,
  value: BrainSettings[K] | undefined,
): void {
  if (draft.brain === undefined && value === undefined) return;
  const brain: BrainSettings = { ...(draft.brain ?? BLANK_BRAIN) };
  assign<BrainSettings, K>(brain, key, value);
  draft.brain = brain;
}

/** Keys that Vocode and Fluents share, with the same meaning. */
export const SHARED_SETTERS = {
  name: (draft: Agent, value: string | undefined) => assign(draft, 'name', value),
  interrupt_sensitivity: dial('interruptSensitivity'),
  endpointing_sensitivity: dial('endpointingSensitivity'),
  ivr_navigation_mode: dial('ivrNavigationMode'),
  conversation_speed: dial('conversationSpeed'),
  ask_if_human_present_on_idle: dial('askIfPresentOnIdle'),
  idle_time_seconds: dial('idleTimeSeconds'),
  noise_suppression: dial('noiseSuppression'),
  context_endpoint: (draft: Agent, value: string | undefined) => assign(draft, 'contextEndpoint', value),
  run_do_not_call_detection: (draft: Agent, value: boolean | undefined) =>
    assign(draft, 'doNotCallDetection', value),
  llm_temperature: (draft: Agent, value: number | undefined) => setBrain(draft, 'temperature', value),
};
