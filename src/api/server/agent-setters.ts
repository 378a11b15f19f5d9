import type { Agent, BrainSettings, ConversationDials } from '../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../domain/agents/blank-brain.ts';
import { assign } from './fields.ts';

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
