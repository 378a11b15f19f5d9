import type { Agent, AgentTool } from '../../domain/agents/agent.ts';
import type { PartKind, PartOf, PartValue } from '../../domain/parts/part.ts';
import type { Tool } from '../../domain/tools/tool.ts';
import type { Given } from './slot-change.ts';

/** The fields that a dialect takes for what an agent is made of. */
export interface PartBodies {
  prompt: unknown;
  voice: unknown;
  webhook: unknown;
  vectorDatabase: unknown;
  action: unknown;
}

/** How a dialect's fields become a part. What it throws as `RequestInvalidError` is given its whole path. */
export interface PartWriter<K extends PartKind, B> {
  /** @param instead what the new one takes the place of. */
  create(body: B, instead: PartValue<K> | undefined): PartValue<K>;
  patch(current: PartValue<K>, body: B): PartValue<K>;
  /** Whether fields mean another kind of thing than what is there: then a new one is made. */
  isOther?(current: PartValue<K>, body: B): boolean;
}

export interface ActionWriter<B> {
  create(body: B): AgentTool;
  patch(current: AgentTool, body: B): AgentTool;
}

export interface AgentWriters<B extends PartBodies> {
  prompt: PartWriter<'prompt', B['prompt']>;
  voice: PartWriter<'voice', B['voice']>;
  webhook: PartWriter<'webhook', B['webhook']>;
  vectorDatabase: PartWriter<'vector-database', B['vectorDatabase']>;
  action: ActionWriter<B['action']>;
  /** The refusal of an id that the org has nothing under. */
  missing(what: PartKind | 'action', id: string): Error;
}

/** What a write says of an agent. */
export interface AgentChanges<B extends PartBodies> {
  prompt?: Given<B['prompt']>;
  voice?: Given<B['voice']>;
  webhook?: Given<B['webhook']>;
  vectorDatabase?: Given<B['vectorDatabase']>;
  /** Replaces the whole list. */
  actions?: readonly NonNullable<Given<B['action']>>[] | undefined;
  /** The agent with all that is no part of it. A new one may be given whole: its parts are made of what it holds. */
  apply?: ((agent: Agent) => Agent) | undefined;
}

/** An agent with all that it refers to. */
export interface ExpandedAgent {
  agent: Agent;
  prompt: PartOf<'prompt'>;
  voice: PartOf<'voice'>;
  webhook: PartOf<'webhook'> | undefined;
  vectorDatabase: PartOf<'vector-database'> | undefined;
  /** In the agent's order; one that was deleted is left out. */
  tools: Tool[];
}
