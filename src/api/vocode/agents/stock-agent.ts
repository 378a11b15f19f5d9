import type { Agent } from '../../../domain/agents/agent.ts';
import { partIdOf, promptTextOf } from '../../../domain/parts/agent-copies.ts';
import type { PartKind } from '../../../domain/parts/part.ts';
import { derivedId } from '../../../lib/derived-id.ts';
import type { ExpandedAgent } from '../../server/agent-changes.ts';
import { ownTools } from '../../server/own-tools.ts';

const NAME = 'Default agent';
const PROMPT = 'You are a helpful assistant. Answer briefly, in one or two spoken sentences.';
const FIRST_MESSAGE = 'Hello, how can I help you?';

export function stockAgentId(orgId: string): string {
  return derivedId('stock-agent', orgId);
}

/**
 * The agent that an org has before it makes one: shown by numbers without an agent where a revision shows always one.
 * It is no row until somebody writes to it.
 */
export function stockAgent(orgId: string, now: number): Agent {
  return {
    id: stockAgentId(orgId),
    orgId,
    name: NAME,
    firstMessage: FIRST_MESSAGE,
    brain: {
      provider: 'offhook',
      messages: [{ role: 'system', content: PROMPT }],
      tools: [],
      toolIds: [],
      settings: {},
    },
    extras: {},
    createdAt: now,
    updatedAt: now,
  };
}

/** An agent that has no row, or none any more, with ids for what it is made of. */
export function expandedCopy(agent: Agent): ExpandedAgent {
  const { orgId, createdAt, updatedAt } = agent;
  const identity = (kind: PartKind) => ({ id: partIdOf(agent, kind), orgId, createdAt, updatedAt });
  return {
    agent,
    prompt: {
      ...identity('prompt'),
      kind: 'prompt',
      content: promptTextOf(agent),
      plan: agent.promptPlan ?? {},
    },
    voice: {
      ...identity('voice'),
      kind: 'voice',
      voice: agent.voice ?? { provider: 'offline', settings: {} },
    },
    webhook: agent.webhook && {
      ...identity('webhook'),
      kind: 'webhook',
      webhook: agent.webhook,
    },
    vectorDatabase: undefined,
    tools: ownTools(agent),
  };
}
