import type { Agent } from '../agents/agent.ts';
import type { ListQuery, Page } from '../page.ts';
import type { Tool } from '../tools/tool.ts';
import type { Part, PartKind, PartOf } from './part.ts';

/** Looks things of the org up while an agent is put together. */
export interface PartsReader {
  part<K extends PartKind>(kind: K, id: string): Promise<PartOf<K> | undefined>;
  tool(id: string): Promise<Tool | undefined>;
}

/** What is written when an agent was put together. */
export interface Composition {
  agent: Agent;
  newParts: Part[];
  /** Each is copied into every agent that refers to it. */
  changedParts: Part[];
  newTools: Tool[];
  changedTools: Tool[];
}

export interface PartRepository {
  insert(part: Part): Promise<void>;
  get<K extends PartKind>(orgId: string, kind: K, id: string): Promise<PartOf<K> | undefined>;
  page<K extends PartKind>(orgId: string, kind: K, query: ListQuery): Promise<Page<PartOf<K>>>;
  /**
   * Replaces the row and, in the same transaction, its copy in every agent of the org that refers to it.
   */
  update<K extends PartKind>(
    orgId: string,
    kind: K,
    id: string,
    change: (part: PartOf<K>) => PartOf<K>,
  ): Promise<PartOf<K> | undefined>;
  /** Agents that refer to it keep their copy, as a part of their own. */
  remove<K extends PartKind>(orgId: string, kind: K, id: string): Promise<PartOf<K> | undefined>;
  /** Inserts an agent with the parts and tools that are made for it, all or nothing. */
  createAgent(orgId: string, compose: (reader: PartsReader) => Promise<Composition>): Promise<Composition>;
  /**
   * Changes an agent with its parts, all or nothing. No other change of the org's parts happens meanwhile, so what the
   * reader gave still holds when it is written. `compose` may await the reader alone.
   * @returns undefined when the org has no such agent.
   */
  changeAgent(
    orgId: string,
    agentId: string,
    compose: (agent: Agent, reader: PartsReader) => Promise<Composition>,
  ): Promise<Composition | undefined>;
}
