import type { Agent, AgentTool } from '../../domain/agents/agent.ts';
import type { ListQuery, Page } from '../../domain/page.ts';
import { detachedWhereChanged } from '../../domain/parts/agent-copies.ts';
import { newId } from '../../lib/ids.ts';
import type { AgentChanges, AgentWriters, ExpandedAgent, PartBodies } from './agent-changes.ts';
import { AgentDraft, type DraftContext } from './agent-draft.ts';
import { PartStore, type PartStoreContext } from './part-store.ts';
import { referring } from './referring.ts';
import { givenId } from './slot-change.ts';
import { underPath } from './under-path.ts';

/**
 * Agents as APIs see them that store prompts, voices, webhooks and actions by themselves. An agent of another API is
 * shown as if it were made of such: a prompt and a voice always, the rest where it has it. Reading writes nothing: the
 * ids of what has no row yet are derived from the agent's, and the first write gives it the rows.
 */
export class AgentParts<B extends PartBodies> {
  readonly #context: PartStoreContext;
  readonly #store: PartStore;
  readonly #writers: AgentWriters<B>;

  constructor(context: PartStoreContext, writers: AgentWriters<B>) {
    this.#context = context;
    this.#store = new PartStore(context);
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
    return { items: items.map(referring), total };
  }

  /** The agent with all that it is made of. */
  async expanded(agent: Agent): Promise<ExpandedAgent> {
    const draft = await AgentDraft.open(agent, this.#draftContext(this.#reader(agent.orgId), []));
    return draft.expanded();
  }

  /**
   * An agent for one call alone: made as a new one, or of a stored one, and not stored.
   * @param base the stored agent that the changes are laid over.
   * @throws {RequestInvalidError} naming fields by their whole path, or what `writers.missing` makes.
   */
  async transient(
    orgId: string,
    changes: AgentChanges<B>,
    path: readonly PropertyKey[] = [],
    base?: Agent,
  ): Promise<Agent> {
    const borrowed = await this.#borrow(orgId, base?.id, changes);
    const context = this.#draftContext(this.#reader(orgId), path, borrowed);
    const draft = await this.#changed(base ?? this.#blank(orgId), changes, context);
    const { agent, tools } = draft.expanded();
    // What was made for it has no row that anybody could look up: the agent holds it itself.
    const { partIds: _, brain, ...rest } = agent;
    if (!brain) return rest;
    // The tools of its org are read when it speaks, whatever it lists.
    if (agent.usesAllTools) return { ...rest, brain };
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
    const borrowed = await this.#borrow(orgId, undefined, changes);
    const blank = this.#blank(orgId);
    let expanded: ExpandedAgent | undefined;
    await this.#context.parts.createAgent(orgId, async (reader) => {
      const draft = await this.#changed(blank, changes, this.#draftContext(reader, path, borrowed));
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
    const borrowed = await this.#borrow(orgId, id, changes);
    const now = this.#context.clock.now();
    let expanded: ExpandedAgent | undefined;
    await this.#context.parts.changeAgent(orgId, id, async (agent, reader) => {
      const current = { ...agent, updatedAt: now };
      const draft = await this.#changed(current, changes, this.#draftContext(reader, path, borrowed));
      expanded = draft.expanded();
      return draft.composition();
    });
    return expanded;
  }

  /**
   * Gives rows to parts that the changes name of other agents, so that they are shared.
   * @returns actions that other agents hold themselves, by the id that they are named by.
   */
  async #borrow(
    orgId: string,
    id: string | undefined,
    { prompt, voice, webhook, actions = [] }: AgentChanges<B>,
  ): Promise<ReadonlyMap<string, AgentTool>> {
    const named = { prompt: givenId(prompt), voice: givenId(voice), webhook: givenId(webhook) };
    for (const kind of ['prompt', 'voice', 'webhook'] as const) {
      const partId = named[kind];
      if (partId !== undefined) await this.#store.storePart(orgId, kind, partId, id);
    }
    const borrowed = new Map<string, AgentTool>();
    for (const toolId of actions.map(givenId)) {
      const held = toolId === undefined ? undefined : await this.#store.heldTool(orgId, toolId);
      if (held) borrowed.set(held.id, held.tool);
    }
    return borrowed;
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

  #draftContext(
    reader: DraftContext['reader'],
    path: readonly PropertyKey[],
    borrowed: DraftContext['borrowed'] = new Map(),
  ): DraftContext {
    return {
      reader,
      borrowed,
      path,
      now: this.#context.clock.now(),
      missing: (what, id) => this.#writers.missing(what, id),
    };
  }
}
