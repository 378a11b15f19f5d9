import { sameValue } from '../../lib/same-value.ts';
import type { Agent, AgentPartIds, BrainSettings } from '../agents/agent.ts';
import { BLANK_BRAIN } from '../agents/blank-brain.ts';
import type { Part, PartKind } from './part.ts';

/** Under which name an agent refers to a part of each kind. */
export const PART_SLOTS = {
  prompt: 'prompt',
  voice: 'voice',
  webhook: 'webhook',
  'vector-database': 'vectorDatabase',
} as const satisfies Record<PartKind, keyof AgentPartIds>;

/** The text of an agent's prompt: its first system message. */
export function promptTextOf(agent: Pick<Agent, 'brain'>): string {
  return agent.brain?.messages.find(({ role }) => role === 'system')?.content ?? '';
}

/** The agent with a copy of the part and a reference to it. */
export function withPart(agent: Agent, part: Part): Agent {
  return withReference(withCopy(agent, part), part);
}

/** The agent with a reference to a part that says what the agent holds already. */
export function withReference(agent: Agent, { kind, id }: Pick<Part, 'kind' | 'id'>): Agent {
  return { ...agent, partIds: { ...agent.partIds, [PART_SLOTS[kind]]: id } };
}

/** The agent without a reference to such a part; its copy stays. */
export function withoutReference(agent: Agent, kind: PartKind): Agent {
  const { partIds, ...rest } = agent;
  const { [PART_SLOTS[kind]]: _, ...others } = partIds ?? {};
  return Object.keys(others).length > 0 ? { ...rest, partIds: others } : rest;
}

/** The agent without such a part, its copy included. A prompt or voice that is taken away leaves the default. */
export function withoutPart(agent: Agent, kind: PartKind): Agent {
  const detached = withoutReference(agent, kind);
  switch (kind) {
    case 'prompt': {
      const { promptPlan: _, ...rest } = withPromptText(detached, '');
      return rest;
    }
    case 'voice': {
      const { voice: _, ...rest } = detached;
      return rest;
    }
    case 'webhook': {
      const { webhook: _, ...rest } = detached;
      return rest;
    }
    case 'vector-database':
      return detached;
  }
}

/**
 * The agent after a change that knew nothing of parts: where it changed the copy of one, the reference is dropped, so
 * that a part which other agents share stays what it is.
 */
export function detachedWhereChanged(before: Agent, after: Agent): Agent {
  let agent = after;
  for (const kind of Object.keys(PART_SLOTS) as PartKind[]) {
    const slot = PART_SLOTS[kind];
    const kept = after.partIds?.[slot] !== undefined && before.partIds?.[slot] === after.partIds[slot];
    if (kept && !sameValue(copyOf(before, kind), copyOf(after, kind))) agent = withoutReference(agent, kind);
  }
  return agent;
}

function withCopy(agent: Agent, part: Part): Agent {
  switch (part.kind) {
    case 'prompt': {
      const { promptPlan: _, ...prompted } = withPromptText(agent, part.content);
      return Object.keys(part.plan).length > 0 ? { ...prompted, promptPlan: part.plan } : prompted;
    }
    case 'voice':
      return { ...agent, voice: part.voice };
    case 'webhook':
      return { ...agent, webhook: part.webhook };
    case 'vector-database':
      return agent;
  }
}

function withPromptText(agent: Agent, content: string): Agent {
  if (content === promptTextOf(agent)) return agent;
  const brain: BrainSettings = agent.brain ?? BLANK_BRAIN;
  const at = brain.messages.findIndex(({ role }) => role === 'system');
  const before = brain.messages.slice(0, Math.max(at, 0));
  const prompt = content === '' ? [] : [{ role: 'system' as const, content }];
  return { ...agent, brain: { ...brain, messages: [...before, ...prompt, ...brain.messages.slice(at + 1)] } };
}

/** What an agent holds of a part. A vector database is looked up when it is needed. */
function copyOf(agent: Agent, kind: PartKind): unknown {
  switch (kind) {
    case 'prompt':
      return [promptTextOf(agent), agent.promptPlan ?? {}];
    case 'voice':
      return agent.voice;
    case 'webhook':
      return agent.webhook;
    case 'vector-database':
      return undefined;
  }
}
