import type { Agent } from '../../../domain/agents/agent.ts';
import { assign } from '../fields.ts';
import type { PhoneModel } from './schema.ts';

/** Fields of this dialect that mean nothing to the exchange: kept as they came and returned unchanged. */
export interface PhoneAgentExtras {
  accent?: string;
  model?: PhoneModel;
  /** The tree of the vendor's flow builder, or whatever else a client has put there. */
  flow?: unknown;
  manual_mode?: boolean;
}

/** Only this file's `keep` writes there, so the types hold. */
export function extrasOf({ extras }: Pick<Agent, 'extras'>): PhoneAgentExtras {
  return (extras.opencx ?? {}) as PhoneAgentExtras;
}

/** Sets one of them in a draft whose `extras` are its own; undefined unsets. */
export function keep<K extends keyof PhoneAgentExtras>(
  draft: Agent,
  key: K,
  value: PhoneAgentExtras[K] | null | undefined,
): void {
  const kept = { ...extrasOf(draft) };
  assign(kept, key, value);
  assign(draft.extras, 'opencx', Object.keys(kept).length > 0 ? { ...kept } : undefined);
}
