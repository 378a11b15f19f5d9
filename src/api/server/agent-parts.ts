import type { Agent } from '../../domain/agents/agent.ts';
import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import type { ListQuery, Page } from '../../domain/page.ts';
import { detachedWhereChanged } from '../../domain/parts/agent-copies.ts';
import type { PartRepository } from '../../domain/parts/part-repository.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import type { AgentChanges, AgentWriters, ExpandedAgent, PartBodies } from './agent-changes.ts';
import { AgentDraft, type DraftContext } from './agent-draft.ts';
import { underPath } from './under-path.ts';

export interface AgentPartsContext {
  agents: AgentRepository;
  parts: PartRepository;
  tools: ToolRepository;
  clock: Clock;
}

/**
 * Agents as APIs see them that store prompts, voices, webhooks and actions by themselves. An agent of another API gets
 * rows for what it is made of when it is first looked at: a prompt and a voice always, the rest where it has it.
 */
export class AgentParts<B extends PartBodies> {
  readonly #context: AgentPartsContext;
  readonly #writers: AgentWriters<B>;

  constructor(context: AgentPartsContext, writers: AgentWriters<B>) {
    this.#context = context;
    this.#writers = writers;
  }

  /** @returns undefined when the org has no such agent. */
  async get(orgId: string, id: string): Promise<ExpandedAgent | undefined> {
    const agent = await this.#context.agents.get(orgId, id);
    return agent && this.expanded(agent);
  }

  /** Agents that refer to all that they are made of, by their ids alone. */
  async page(orgId: string, query: ListQuery): Promise<Page<Agent>> {
    const { items, total } = await this.#context.agents.page(orgId, query);
    const agents: Agent[] = [];
    for (const agent of items) {
      const whole = await this.ensured(agent);
      // One that was removed meanwhile is left out.
      if (whole) agents.push(whole);
    }
    return { items: agents, total };
  }

  /** The agent with references to all that it is made of. @returns undefined when it was removed meanwhile. */
  async ensured(agent: Agent): Promise<Agent | undefined> {
    const { partIds = {}, webhook, brain } = agent;
    const isWhole =
      partIds.prompt !== undefined &&
      partIds.voice !== undefined &&
      (webhook === undefined || partIds.webhook !== undefined) &&
      (brain?.tools.length ?? 0) === 0;
    return isWhole ? agent : (await this.#complete(agent))?.agent;
  }

  /** The agent with all that it is made of. @returns undefined when it was removed meanwhile. */
  async expanded(agent: Agent): Promise<ExpandedAgent | undefined> {
    const draft = await AgentDraft.open(agent, this.#draftContext(this.#reader(agent.orgId), []));
    return draft.isWhole ? draft.expanded() : this.#complete(agent);
  }

  /**
   * An agent for one call alone: made as a new one, and not stored.
   * @throws {RequestInvalidError} naming fields by their whole path, or what `writers.missing` makes.
   */
  async transient(
    orgId: string,
    changes: AgentChanges<B>,
    path: readonly PropertyKey[] = [],
  ): Promise<Agent> {
    const context = this.#draftContext(this.#reader(orgId), path);
    const draft = await this.#changed(this.#blank(orgId), changes, context);
    const { agent, tools } = draft.expanded();
    // What was made for it has no row that anybody could look up: the agent holds it itself.
    const { partIds: _, brain, ...rest } = agent;
    if (!brain) return rest;
    return {
      ...rest,
      brain: { ...brain, tools: tools.map(({ id, tool }) => ({ ...tool, id })), toolIds: [] },
    };
  }

  /**
   * @param path where the agent stands in the body.
   * @throws {RequestInvalidError} naming fields by their whole path, or what `writers.missing` makes.
   */
  async create(
    orgId: string,
    changes: AgentChanges<B>,
    path: readonly PropertyKey[] = [],
  ): Promise<ExpandedAgent> {
    const blank = this.#blank(orgId);
    let expanded: ExpandedAgent | undefined;
    await this.#context.parts.createAgent(orgId, async (reader) => {
      const draft = await this.#changed(blank, changes, this.#draftContext(reader, path));
      expanded = draft.expanded();
      return draft.composition();
    });
    if (!expanded) throw new Error('an agent was stored without being composed');
    return expanded;
  }

  /**
   * Changes an agent. What is given for a part that other agents share changes for them too.
   * @param path where the agent stands in the body.
   * @returns undefined when the org has no such agent.
   * @throws {RequestInvalidError} naming fields by their whole path, or what `writers.missing` makes.
   */
  async change(
    orgId: string,
    id: string,
    changes: AgentChanges<B>,
    path: readonly PropertyKey[] = [],
  ): Promise<ExpandedAgent | undefined> {
    const now = this.#context.clock.now();
    let expanded: ExpandedAgent | undefined;
    await this.#context.parts.changeAgent(orgId, id, async (agent, reader) => {
      const current = { ...agent, updatedAt: now };
      const draft = await this.#changed(current, changes, this.#draftContext(reader, path));
      expanded = draft.expanded();
      return draft.composition();
    });
    return expanded;
  }

  /** Makes what is missing. Nobody changed the agent, so it says no other time of change. */
  async #complete({ orgId, id }: Agent): Promise<ExpandedAgent | undefined> {
    let expanded: ExpandedAgent | undefined;
    await this.#context.parts.changeAgent(orgId, id, async (agent, reader) => {
      const draft = await AgentDraft.open(agent, this.#draftContext(reader, []));
      expanded = draft.expanded();
      return draft.composition();
    });
    return expanded;
  }

  async #changed(agent: Agent, changes: AgentChanges<B>, context: DraftContext): Promise<AgentDraft> {
    const { prompt, voice, webhook, vectorDatabase, action } = this.#writers;
    const { apply } = changes;
    // Parts are opened after it, so that they say what the agent holds then.
    const applied = apply
      ? detachedWhereChanged(
          agent,
          underPath(context.path, () => apply(agent)),
        )
      : agent;
    const draft = await AgentDraft.open(applied, context);
    await draft.fill('prompt', changes.prompt, prompt);
    await draft.fill('voice', changes.voice, voice);
    await draft.fill('webhook', changes.webhook, webhook);
    await draft.fill('vector-database', changes.vectorDatabase, vectorDatabase);
    if (changes.actions) await draft.fillActions(changes.actions, action);
    return draft;
  }

  #blank(orgId: string): Agent {
    const now = this.#context.clock.now();
    return { id: newId(now), orgId, extras: {}, createdAt: now, updatedAt: now };
  }

  #reader(orgId: string): DraftContext['reader'] {
    const { parts, tools } = this.#context;
    return {
      part: (kind, id) => parts.get(orgId, kind, id),
      tool: (id) => tools.get(orgId, id),
    };
  }

  #draftContext(reader: DraftContext['reader'], path: readonly PropertyKey[]): DraftContext {
    return {
      reader,
      path,
      now: this.#context.clock.now(),
      missing: (what, id) => this.#writers.missing(what, id),
    };
  }
}
