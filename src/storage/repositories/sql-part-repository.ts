import type { Kysely, Transaction } from 'kysely';
import type { Agent } from '../../domain/agents/agent.ts';
import type { ListQuery, Page } from '../../domain/page.ts';
import { detached, PART_SLOTS, withPart } from '../../domain/parts/agent-copies.ts';
import type { Part, PartKind, PartOf } from '../../domain/parts/part.ts';
import type { Composition, PartRepository, PartsReader } from '../../domain/parts/part-repository.ts';
import type { Tool } from '../../domain/tools/tool.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { AgentDocuments } from './agent-documents.ts';
import { type Narrow, OwnedDocuments } from './owned-documents.ts';
import { SqlToolRepository } from './sql-tool-repository.ts';

/** Columns of `agents` that refer to a part. */
const REFERENCES = {
  prompt: 'prompt_id',
  voice: 'voice_id',
  webhook: 'webhook_id',
  'vector-database': 'vector_database_id',
} as const satisfies Record<PartKind, string>;

/**
 * Parts, and the agents that are made of them. Every change takes the lock of its org first: a part is then never
 * copied into an agent while somebody else changes it, and two changes never wait for each other.
 */
export class SqlPartRepository implements PartRepository {
  readonly #database: Database;
  readonly #parts: OwnedDocuments<Part>;
  readonly #agents: AgentDocuments;
  readonly #tools: OwnedDocuments<Tool>;

  constructor(database: Database, codec: DocumentCodec) {
    this.#database = database;
    this.#parts = new OwnedDocuments<Part>(database, codec, 'parts', ({ kind }) => ({ kind }));
    this.#agents = new AgentDocuments(database, codec);
    this.#tools = new SqlToolRepository(database, codec);
  }

  insert(part: Part): Promise<void> {
    return this.#parts.insert(part);
  }

  async get<K extends PartKind>(orgId: string, kind: K, id: string): Promise<PartOf<K> | undefined> {
    return ofKind(await this.#parts.get(orgId, id), kind);
  }

  async page<K extends PartKind>(orgId: string, kind: K, query: ListQuery): Promise<Page<PartOf<K>>> {
    const narrow: Narrow = (all) => all.where('kind', '=', kind);
    return (await this.#parts.page(orgId, query, narrow)) as Page<PartOf<K>>;
  }

  update<K extends PartKind>(
    orgId: string,
    kind: K,
    id: string,
    change: (part: PartOf<K>) => PartOf<K>,
  ): Promise<PartOf<K> | undefined> {
    return this.#alone(orgId, async (tx) => {
      const current = ofKind((await this.#parts.lock(tx, orgId, id))?.value, kind);
      if (!current) return undefined;
      const next = change(current);
      await this.#replace(tx, current, next);
      return next;
    });
  }

  remove<K extends PartKind>(orgId: string, kind: K, id: string): Promise<PartOf<K> | undefined> {
    return this.#alone(orgId, async (tx) => {
      const current = ofKind((await this.#parts.lock(tx, orgId, id))?.value, kind);
      if (!current) return undefined;
      await this.#rewriteAgents(tx, current, (agent) => detached(agent, kind));
      await tx.deleteFrom('parts').where('id', '=', id).execute();
      return current;
    });
  }

  createAgent(orgId: string, compose: (reader: PartsReader) => Promise<Composition>): Promise<Composition> {
    return this.#alone(orgId, async (tx) => {
      const composition = await compose(this.#reader(tx, orgId));
      await this.#agents.insertInto(tx, composition.agent);
      return this.#write(tx, composition);
    });
  }

  changeAgent(
    orgId: string,
    agentId: string,
    compose: (agent: Agent, reader: PartsReader) => Promise<Composition>,
  ): Promise<Composition | undefined> {
    return this.#alone(orgId, async (tx) => {
      const current = (await this.#agents.lock(tx, orgId, agentId))?.value;
      if (!current) return undefined;
      const composition = await compose(current, this.#reader(tx, orgId));
      if (composition.agent !== current) await this.#agents.replace(tx, current, composition.agent);
      return this.#write(tx, composition);
    });
  }

  #alone<T>(orgId: string, work: (tx: Transaction<Schema>) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (tx) => {
      // SQLite's transactions exclude each other anyhow.
      if (this.#database.engine.rowLocks)
        await tx.selectFrom('orgs').select('id').where('id', '=', orgId).forNoKeyUpdate().execute();
      return work(tx);
    });
  }

  #reader(tx: Kysely<Schema>, orgId: string): PartsReader {
    return {
      part: async (kind, id) => ofKind((await this.#parts.lock(tx, orgId, id))?.value, kind),
      tool: async (id) => (await this.#tools.lock(tx, orgId, id))?.value,
    };
  }

  /** Writes all of a composition but its agent, which is written already. */
  async #write(tx: Kysely<Schema>, composition: Composition): Promise<Composition> {
    for (const part of composition.newParts) await this.#parts.insertInto(tx, part);
    for (const tool of composition.newTools) await this.#tools.insertInto(tx, tool);
    for (const tool of composition.changedTools) await this.#tools.replace(tx, tool, tool);
    for (const part of composition.changedParts) await this.#replace(tx, part, part);
    return composition;
  }

  async #replace(tx: Kysely<Schema>, current: Part, next: Part): Promise<void> {
    if (next.kind !== current.kind) throw new TypeError('a change may not make a part another kind');
    await this.#parts.replace(tx, current, next);
    await this.#rewriteAgents(tx, next, (agent) => ({
      ...withPart(agent, next),
      updatedAt: next.updatedAt,
    }));
  }

  async #rewriteAgents(tx: Kysely<Schema>, part: Part, change: (agent: Agent) => Agent): Promise<void> {
    const rows = await tx
      .selectFrom('agents')
      .select('id')
      .where(REFERENCES[part.kind], '=', part.id)
      .where('org_id', '=', part.orgId)
      .orderBy('id')
      .execute();
    for (const { id } of rows) {
      const agent = (await this.#agents.lock(tx, part.orgId, id))?.value;
      // It may have let go of the part, or be gone, by the time its lock was had.
      if (agent?.partIds?.[PART_SLOTS[part.kind]] === part.id)
        await this.#agents.replace(tx, agent, change(agent));
    }
  }
}

function ofKind<K extends PartKind>(part: Part | undefined, kind: K): PartOf<K> | undefined {
  return part?.kind === kind ? (part as PartOf<K>) : undefined;
}
