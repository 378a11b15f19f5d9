import type { Agent, AgentTool } from '../../domain/agents/agent.ts';
import { BLANK_BRAIN } from '../../domain/agents/blank-brain.ts';
import {
  detached,
  PART_SLOTS,
  partIdOf,
  promptTextOf,
  withoutPart,
  withoutReference,
  withPart,
  withReference,
} from '../../domain/parts/agent-copies.ts';
import type { Part, PartKind, PartOf, PartValue } from '../../domain/parts/part.ts';
import type { Composition, PartsReader } from '../../domain/parts/part-repository.ts';
import type { Tool } from '../../domain/tools/tool.ts';
import { newId } from '../../lib/ids.ts';
import { sameValue } from '../../lib/same-value.ts';
import type { ActionWriter, ExpandedAgent, PartWriter } from './agent-changes.ts';
import { ownTools } from './own-tools.ts';
import { type Given, givenId, slotChange } from './slot-change.ts';
import { underPath } from './under-path.ts';

/** What an agent without a voice speaks with, by the name that calls know it under. */
const DEFAULT_VOICE = { provider: 'offline', settings: {} } as const;

const KINDS = Object.keys(PART_SLOTS) as PartKind[];

/** Where a part stands in a dialect's body. */
const BODY_KEYS = {
  prompt: 'prompt',
  voice: 'voice',
  webhook: 'webhook',
  'vector-database': 'vector_database',
} as const satisfies Record<PartKind, string>;

interface Held<T> {
  value: T;
  /** `held`: the agent holds it itself, without a row. */
  state: 'stored' | 'made' | 'changed' | 'held';
  /** It only stands for what the agent does not have. */
  isDefault?: boolean;
}

export interface DraftContext {
  reader: PartsReader;
  now: number;
  /** The refusal of an id that the org has nothing under. */
  missing(what: PartKind | 'action', id: string): Error;
  /** Where the agent stands in the body. */
  path: readonly PropertyKey[];
  /** Tools that other agents hold themselves: where a list names one, it gets its own. */
  borrowed: ReadonlyMap<string, AgentTool>;
}

/** An agent with everything that it refers to, as it is read, completed and changed before it is written. */
export class AgentDraft {
  #agent: Agent;
  #tools: Held<Tool>[] = [];
  readonly #parts = new Map<PartKind, Held<Part>>();
  readonly #context: DraftContext;

  private constructor(agent: Agent, context: DraftContext) {
    this.#agent = agent;
    this.#context = context;
  }

  /**
   * Reads what the agent refers to; what it only holds a copy of, or should have, is made. Nothing of it is written but
   * by a `composition`, and the ids are the same each time.
   */
  static async open(agent: Agent, context: DraftContext): Promise<AgentDraft> {
    const draft = new AgentDraft(agent, context);
    for (const kind of KINDS) await draft.#open(kind);
    await draft.#openTools();
    return draft;
  }

  async fill<K extends PartKind, B>(kind: K, given: Given<B>, writer: PartWriter<K, B>): Promise<void> {
    const held = this.#held(kind);
    const id = givenId(given);
    const named = id === undefined ? undefined : await this.#partOf(kind, id);
    const change = slotChange<PartOf<K>, B>(given, {
      current: held?.isDefault ? undefined : held?.value,
      named,
      isOther: (part, body) => writer.isOther?.(partValue(part), body) ?? false,
    });
    const path = [...this.#context.path, BODY_KEYS[kind]];
    switch (change.action) {
      case 'keep':
        return;
      case 'clear':
        return this.#clear(kind);
      case 'attach':
        return change.part === held?.value ? undefined : this.#place({ value: change.part, state: 'stored' });
      case 'patch':
        return this.#patch(
          change.part,
          underPath(path, () => writer.patch(partValue(change.part), change.body)),
        );
      case 'create': {
        const instead = change.instead && partValue(change.instead);
        const value = underPath(path, () => writer.create(change.body, instead));
        // What stood for nothing has shown its id already.
        const newPart = this.#made(kind, value, held?.isDefault ? held.value.id : undefined);
        return this.#place({ value: newPart, state: 'made' });
      }
      case 'refuse':
        throw this.#context.missing(kind, change.id);
    }
  }

  /** Replaces the whole list of actions. */
  async fillActions<B>(given: readonly NonNullable<Given<B>>[], writer: ActionWriter<B>): Promise<void> {
    const tools = new Map<string, Held<Tool>>();
    for (const [index, item] of given.entries()) {
      const id = givenId(item);
      const named = id === undefined ? undefined : (tools.get(id) ?? (await this.#toolOf(id)));
      const tool = this.#actionOf(item, named, writer, [...this.#context.path, 'actions', index]);
      // One that is named twice stands where it was named first.
      tools.set(tool.value.id, tool);
    }
    this.#tools = [...tools.values()];
    // The list that is given now is the agent's, not every tool of the org.
    const { usesAllTools: _, ...agent } = this.#agent;
    const [held, stored] = [
      inState(this.#tools, 'held'),
      this.#tools.filter(({ state }) => state !== 'held'),
    ];
    this.#agent = {
      ...agent,
      brain: {
        ...(agent.brain ?? BLANK_BRAIN),
        // What the agent holds itself stays with it, as its own API knows it, under the ids that were read.
        tools: held.map(({ id, tool }) => ({ ...tool, id })),
        toolIds: stored.map(({ value }) => value.id),
      },
    };
  }

  composition(): Composition {
    const parts = [...this.#parts.values()];
    return {
      agent: this.#agent,
      newParts: inState(parts, 'made'),
      changedParts: inState(parts, 'changed'),
      newTools: inState(this.#tools, 'made'),
      changedTools: inState(this.#tools, 'changed'),
    };
  }

  expanded(): ExpandedAgent {
    const prompt = this.#held('prompt')?.value;
    const voice = this.#held('voice')?.value;
    if (!prompt || !voice) throw new Error('a draft lost what every agent has');
    return {
      agent: this.#agent,
      prompt,
      voice,
      webhook: this.#held('webhook')?.value,
      vectorDatabase: this.#held('vector-database')?.value,
      tools: this.#tools.map(({ value }) => value),
    };
  }

  #held<K extends PartKind>(kind: K): Held<PartOf<K>> | undefined {
    return this.#parts.get(kind) as Held<PartOf<K>> | undefined;
  }

  async #partOf<K extends PartKind>(kind: K, id: string): Promise<PartOf<K> | undefined> {
    const held = this.#held(kind);
    return held?.value.id === id ? held.value : this.#context.reader.part(kind, id);
  }

  async #open(kind: PartKind): Promise<void> {
    const { reader } = this.#context;
    const id = partIdOf(this.#agent, kind);
    const stored = await reader.part(kind, id);
    const isReferred = this.#agent.partIds?.[PART_SLOTS[kind]] !== undefined;
    if (stored && isReferred) return void this.#parts.set(kind, { value: stored, state: 'stored' });
    // Left behind by an agent of this id that was removed: the part of this one is another.
    if (stored) this.#agent = detached(withReference(this.#agent, stored), kind);
    this.#complete(kind);
  }

  /** Makes a part of what the agent holds, or of the default where every agent has one. */
  #complete(kind: PartKind): void {
    const copy = copyOf(this.#agent, kind);
    if (!copy) {
      if (this.#agent.partIds?.[PART_SLOTS[kind]]) this.#agent = withoutReference(this.#agent, kind);
      return;
    }
    // As old as the agent, so that it is the same however often it is made anew.
    const { createdAt, updatedAt } = this.#agent;
    const made = this.#made(kind, copy.value, partIdOf(this.#agent, kind));
    const part = { ...made, createdAt, updatedAt };
    this.#parts.set(kind, { value: part, state: 'made', isDefault: copy.isDefault });
    this.#agent = withReference(this.#agent, part);
  }

  async #openTools(): Promise<void> {
    this.#tools = ownTools(this.#agent).map((value) => ({ value, state: 'held' }));
    for (const id of this.#agent.brain?.toolIds ?? []) {
      const value = await this.#context.reader.tool(id);
      if (value) this.#tools.push({ value, state: 'stored' });
    }
  }

  #actionOf<B>(
    given: NonNullable<Given<B>>,
    named: Held<Tool> | undefined,
    writer: ActionWriter<B>,
    path: readonly PropertyKey[],
  ): Held<Tool> {
    const { now, missing } = this.#context;
    const change = slotChange<Held<Tool>, B>(given, { current: undefined, named });
    switch (change.action) {
      case 'attach':
        return change.part;
      case 'patch': {
        const { value, state } = change.part;
        const tool = underPath(path, () => writer.patch(value.tool, change.body));
        if (sameValue(tool, value.tool)) return change.part;
        return { value: { ...value, tool, updatedAt: now }, state: state === 'stored' ? 'changed' : state };
      }
      case 'create': {
        const tool = underPath(path, () => writer.create(change.body));
        const { orgId } = this.#agent;
        return { value: { id: newId(now), orgId, tool, createdAt: now, updatedAt: now }, state: 'made' };
      }
      case 'refuse':
        throw missing('action', change.id);
      case 'keep':
      case 'clear':
        throw new TypeError('an item of a list is always given');
    }
  }

  async #toolOf(id: string): Promise<Held<Tool> | undefined> {
    const own = this.#tools.find(({ value }) => value.id === id);
    if (own) return own;
    const { reader, borrowed, now } = this.#context;
    const value = await reader.tool(id);
    if (value) return { value, state: 'stored' };
    const tool = borrowed.get(id);
    const { orgId } = this.#agent;
    return tool && { value: { id: newId(now), orgId, tool, createdAt: now, updatedAt: now }, state: 'made' };
  }

  #clear(kind: PartKind): void {
    this.#agent = withoutPart(this.#agent, kind);
    this.#parts.delete(kind);
    this.#complete(kind);
  }

  #patch<K extends PartKind>(current: PartOf<K>, value: PartValue<K>): void {
    const held = this.#held(current.kind as K);
    const isMadeHere = held?.state === 'made' && held.value.id === current.id;
    const { id, orgId, kind, createdAt } = current;
    const next = {
      ...value,
      id,
      orgId,
      kind,
      createdAt,
      updatedAt: this.#context.now,
    } as unknown as PartOf<K>;
    if (sameValue(partValue(next), partValue(current)))
      this.#place({ value: current, state: isMadeHere ? 'made' : 'stored' });
    else this.#place({ value: next, state: isMadeHere ? 'made' : 'changed' });
  }

  #place(held: Held<Part>): void {
    this.#parts.set(held.value.kind, held);
    this.#agent = withPart(this.#agent, held.value);
  }

  #made<K extends PartKind>(kind: K, value: PartValue<K>, id?: string): PartOf<K> {
    const { now } = this.#context;
    const { orgId } = this.#agent;
    const identity = { id: id ?? newId(now), orgId, kind, createdAt: now, updatedAt: now };
    return { ...value, ...identity } as unknown as PartOf<K>;
  }
}

function inState<T>(all: readonly Held<T>[], state: Held<T>['state']): T[] {
  return all.filter((held) => held.state === state).map(({ value }) => value);
}

function partValue<K extends PartKind>(part: PartOf<K>): PartValue<K> {
  const { id: _, orgId: __, kind: ___, createdAt: ____, updatedAt: _____, ...value } = part;
  return value as unknown as PartValue<K>;
}

/** What an agent holds of a part that has no row yet. */
function copyOf(
  agent: Agent,
  kind: PartKind,
): { value: PartValue<PartKind>; isDefault: boolean } | undefined {
  switch (kind) {
    case 'prompt': {
      const [content, plan] = [promptTextOf(agent), agent.promptPlan ?? {}];
      return { value: { content, plan }, isDefault: content === '' && !agent.promptPlan };
    }
    case 'voice':
      return { value: { voice: agent.voice ?? DEFAULT_VOICE }, isDefault: agent.voice === undefined };
    case 'webhook':
      return agent.webhook && { value: { webhook: agent.webhook }, isDefault: false };
    case 'vector-database':
      return undefined;
  }
}
