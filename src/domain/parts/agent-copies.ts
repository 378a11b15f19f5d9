import { derivedId } from '../../lib/derived-id.ts';
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

/**
 * The id of the agent's part: of its row, or the one that its row will get. Parts get rows when an API writes that
 * stores them by themselves; until then the same agent always has the same ids.
 */
export function partIdOf(agent: Agent, kind: PartKind): string {
  return agent.partIds?.[PART_SLOTS[kind]] ?? derivedId(kind, agent.id);
}

/**
 * Ids of the tools that an agent holds itself, in their order: a tool that has no row keeps its id for as long as the
 * agent's tools of that type and name stay in their order.
 */
export function ownToolIds(agent: Agent): string[] {
  const seen = new Map<string, number>();
  return (agent.brain?.tools ?? []).map(({ id, type, name }) => {
    if (id !== undefined) return id;
    const key = JSON.stringify([type, name ?? null]);
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return derivedId(`tool/${key}/${nth}`, agent.id);
  });
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

/**
 * The agent with a part of its own instead of the row that it referred to; its copy stays. The id is another, derived
 * from the old one: that one stays the row's.
 */
export function detached(agent: Agent, kind: PartKind): Agent {
  // Nothing is copied of a vector database, so there is none without its row.
  if (kind === 'vector-database') return withoutReference(agent, kind);
  const id = agent.partIds?.[PART_SLOTS[kind]];
  return id === undefined ? agent : withReference(agent, { kind, id: derivedId(kind, `${agent.id}/${id}`) });
}

/** The agent without such a part, its copy included. A prompt or voice that is taken away leaves the default. */
export function withoutPart(agent: Agent, kind: PartKind): Agent {
  switch (kind) {
    case 'prompt': {
      const { promptPlan: _, ...rest } = withPromptText(detached(agent, kind), '');
      return rest;
    }
    case 'voice': {
      const { voice: _, ...rest } = detached(agent, kind);
      return rest;
    }
    case 'webhook': {
      const { webhook: _, ...rest } = withoutReference(agent, kind);
      return rest;
    }
    case 'vector-database':
      return withoutReference(agent, kind);
  }
}

/**
 * The agent after a change that knew nothing of parts: where it changed the copy of one, the agent lets go of the row,
 * so that a part which other agents share stays what it is.
 */
export function detachedWhereChanged(before: Agent, after: Agent): Agent {
  let agent = after;
  for (const kind of Object.keys(PART_SLOTS) as PartKind[]) {
    const slot = PART_SLOTS[kind];
    const kept = after.partIds?.[slot] !== undefined && before.partIds?.[slot] === after.partIds[slot];
    if (kept && !sameValue(copyOf(before, kind), copyOf(after, kind))) agent = detached(agent, kind);
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
