import type { Agent, AgentTool } from '../../domain/agents/agent.ts';
import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import { ownToolIds, partIdOf } from '../../domain/parts/agent-copies.ts';
import type { Part, PartKind, PartOf, PartValue } from '../../domain/parts/part.ts';
import type { PartRepository, PartsReader } from '../../domain/parts/part-repository.ts';
import type { Tool } from '../../domain/tools/tool.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import { isDerivedId } from '../../lib/derived-id.ts';
import { newId } from '../../lib/ids.ts';
import { AgentDraft } from './agent-draft.ts';
import { ownTools } from './own-tools.ts';

export interface PartStoreContext {
  agents: AgentRepository;
  parts: PartRepository;
  tools: ToolRepository;
  clock: Clock;
}

/** Agents that are read at a time in search of the one that holds something without a row. */
const SEARCH_PAGE = 200;

/**
 * Prompts, voices, webhooks and actions as APIs see them that store them by themselves. What an agent of another API
 * holds has no row; it is found under the id that it is shown with, and a change of it gives it one. An action that an
 * agent holds itself is changed in its place, so that the agent's own API sees no other agent.
 */
export class PartStore {
  readonly #context: PartStoreContext;

  constructor(context: PartStoreContext) {
    this.#context = context;
  }

  async part<K extends PartKind>(orgId: string, kind: K, id: string): Promise<PartOf<K> | undefined> {
    const { parts } = this.#context;
    const stored = await parts.get(orgId, kind, id);
    if (stored) return stored;
    const holder = await this.#holderOfPart(orgId, kind, id);
    if (!holder) return undefined;
    const draft = await this.#open(holder, {
      part: (anyKind, partId) => parts.get(orgId, anyKind, partId),
      tool: (toolId) => this.#context.tools.get(orgId, toolId),
    });
    const made = draft.composition().newParts.find((part) => part.id === id && part.kind === kind);
    return made as PartOf<K> | undefined;
  }

  async createPart<K extends PartKind>(orgId: string, kind: K, value: PartValue<K>): Promise<PartOf<K>> {
    const now = this.#context.clock.now();
    const identity = { id: newId(now), orgId, kind, createdAt: now, updatedAt: now };
    const part = { ...value, ...identity } as unknown as PartOf<K>;
    await this.#context.parts.insert(part as Part);
    return part;
  }

  /** @returns undefined when the org has no such part. */
  async changePart<K extends PartKind>(
    orgId: string,
    kind: K,
    id: string,
    change: (part: PartOf<K>) => PartValue<K>,
  ): Promise<PartOf<K> | undefined> {
    await this.storePart(orgId, kind, id);
    return this.#context.parts.update(orgId, kind, id, (part) => {
      const { orgId: org, createdAt } = part;
      const identity = { id, orgId: org, kind, createdAt, updatedAt: this.#context.clock.now() };
      return { ...change(part), ...identity } as unknown as PartOf<K>;
    });
  }

  /** Agents keep what it said. @returns undefined when the org has no such part. */
  async removePart<K extends PartKind>(orgId: string, kind: K, id: string): Promise<PartOf<K> | undefined> {
    await this.storePart(orgId, kind, id);
    return this.#context.parts.remove(orgId, kind, id);
  }

  /** Gives a row to a part that has none. @param except the agent that is to be changed itself. */
  async storePart(orgId: string, kind: PartKind, id: string, except?: string): Promise<void> {
    if (!isDerivedId(id) || (await this.#context.parts.get(orgId, kind, id))) return;
    const holder = await this.#holderOfPart(orgId, kind, id);
    if (!holder || holder.id === except) return;
    await this.#context.parts.changeAgent(orgId, holder.id, async (agent, reader) =>
      (await this.#open(agent, reader)).composition(),
    );
  }

  async tool(orgId: string, id: string): Promise<Tool | undefined> {
    return (await this.#context.tools.get(orgId, id)) ?? this.heldTool(orgId, id);
  }

  /** A tool that an agent holds itself. */
  async heldTool(orgId: string, id: string): Promise<Tool | undefined> {
    const holder = await this.#holderOfTool(orgId, id);
    return holder && ownTools(holder).find((tool) => tool.id === id);
  }

  async createTool(orgId: string, tool: AgentTool): Promise<Tool> {
    const now = this.#context.clock.now();
    const id = newId(now);
    const made = { id, orgId, tool: { ...tool, id }, createdAt: now, updatedAt: now };
    await this.#context.tools.insert(made);
    return made;
  }

  /** @returns undefined when the org has no such tool. */
  async changeTool(
    orgId: string,
    id: string,
    change: (tool: AgentTool) => AgentTool,
  ): Promise<Tool | undefined> {
    const changed = await this.#context.tools.update(orgId, id, (stored) => ({
      ...stored,
      tool: change(stored.tool),
      updatedAt: this.#context.clock.now(),
    }));
    return changed ?? this.#changeHeld(orgId, id, change);
  }

  /** @returns undefined when the org has no such tool. */
  async removeTool(orgId: string, id: string): Promise<Tool | undefined> {
    return (
      (await this.#context.tools.remove(orgId, id)) ?? (await this.#changeHeld(orgId, id, () => undefined))
    );
  }

  /** @returns the tool as it became or, where it is taken away, as it was. */
  async #changeHeld(
    orgId: string,
    id: string,
    change: (tool: AgentTool) => AgentTool | undefined,
  ): Promise<Tool | undefined> {
    const holder = await this.#holderOfTool(orgId, id);
    if (!holder) return undefined;
    let found: Tool | undefined;
    const updatedAt = this.#context.clock.now();
    await this.#context.agents.update(orgId, holder.id, (agent) => {
      const held = ownTools(agent);
      const at = held.findIndex((tool) => tool.id === id);
      const was = held[at];
      if (!was || !agent.brain) return agent;
      const tool = change(was.tool);
      found = tool ? { ...was, tool, updatedAt } : was;
      const rest = held.toSpliced(at, 1, ...(tool ? [found] : []));
      // The others keep the ids that they were read under.
      const tools = rest.map((one) => ({ ...one.tool, id: one.id }));
      return { ...agent, brain: { ...agent.brain, tools }, updatedAt };
    });
    return found;
  }

  #holderOfPart(orgId: string, kind: PartKind, id: string): Promise<Agent | undefined> {
    return this.#holder(orgId, id, (agent) => partIdOf(agent, kind) === id);
  }

  #holderOfTool(orgId: string, id: string): Promise<Agent | undefined> {
    return this.#holder(orgId, id, (agent) => ownToolIds(agent).includes(id));
  }

  /** The agent that holds what has no row. Ids of rows are not searched for. */
  async #holder(orgId: string, id: string, holds: (agent: Agent) => boolean): Promise<Agent | undefined> {
    if (!isDerivedId(id)) return undefined;
    for (let offset = 0; ; offset += SEARCH_PAGE) {
      const query = { limit: SEARCH_PAGE, offset, order: 'ascending' } as const;
      const { items } = await this.#context.agents.page(orgId, query);
      const holder = items.find(holds);
      if (holder || items.length < SEARCH_PAGE) return holder;
    }
  }

  #open(agent: Agent, reader: PartsReader): Promise<AgentDraft> {
    const now = this.#context.clock.now();
    const missing = (what: string, id: string) =>
      new Error(`a draft that is not changed lacks ${what} ${id}`);
    return AgentDraft.open(agent, { reader, now, path: [], borrowed: new Map(), missing });
  }
}
