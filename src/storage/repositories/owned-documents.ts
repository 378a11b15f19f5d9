import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { InstantRange, ListQuery, Page, SortColumn } from '../../domain/page.ts';
import type { Database } from '../database.ts';
import type {
  AgentTable,
  CallTable,
  CredentialTable,
  NumberTable,
  OwnedTable,
  PartTable,
  Schema,
} from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';

/** What storage needs to know of an object: whose it is and when it was made. */
export interface OwnedObject {
  id: string;
  orgId: string;
  createdAt: number;
  updatedAt: number;
}

/** The columns that only some of the tables have. */
export type OwnColumns = Partial<
  Omit<Omit<NumberTable, 'serial'> & CallTable & AgentTable & PartTable & CredentialTable, keyof OwnedTable>
>;
export type OwnedRow = OwnedTable & OwnColumns;

type OwnedTableName =
  | 'agents'
  | 'credentials'
  | 'numbers'
  | 'calls'
  | 'squads'
  | 'tools'
  | 'parts'
  | 'scenarios'
  | 'knowledge_documents'
  | 'transfer_destinations';

/** The query builder knows tables by name; here one name stands for whichever of them the class is made for. */
interface OwnedSchema {
  owned: OwnedRow;
}
type OwnedQuery<O> = SelectQueryBuilder<OwnedSchema, 'owned', O>;
/** Adds conditions to a query. */
export type Narrow = <O>(query: OwnedQuery<O>) => OwnedQuery<O>;

const COMPARISONS = [
  ['gt', '>'],
  ['lt', '<'],
  ['ge', '>='],
  ['le', '<='],
] as const;

const COLUMNS = { createdAt: 'created_at', updatedAt: 'updated_at', id: 'id' } as const satisfies Record<
  SortColumn,
  keyof OwnedTable
>;

function matching<O>(
  query: OwnedQuery<O>,
  orgId: string,
  { createdAt, updatedAt }: Pick<ListQuery, 'createdAt' | 'updatedAt'>,
  narrow: Narrow,
): OwnedQuery<O> {
  let result = narrow(query.where('org_id', '=', orgId));
  const within = (column: 'created_at' | 'updated_at', range: InstantRange = {}) => {
    for (const [bound, comparison] of COMPARISONS) {
      const instant = range[bound];
      if (instant !== undefined) result = result.where(column, comparison, instant);
    }
  };
  within('created_at', createdAt);
  within('updated_at', updatedAt);
  return result;
}

/** One table of documents that belong to orgs: the queries that numbers, agents, calls and their like share. */
export class OwnedDocuments<T extends OwnedObject> {
  readonly #database: Database;
  readonly #codec: DocumentCodec;
  readonly #table: OwnedTableName;
  readonly #ownColumns: (value: T) => OwnColumns;

  constructor(
    database: Database,
    codec: DocumentCodec,
    table: OwnedTableName,
    ownColumns: (value: T) => OwnColumns = () => ({}),
  ) {
    this.#database = database;
    this.#codec = codec;
    this.#table = table;
    this.#ownColumns = ownColumns;
  }

  async insert(value: T): Promise<void> {
    await this.#database.point((db) => this.insertInto(db, value));
  }

  /** Inserts within a transaction; `columns` are those that do not follow from the object. */
  async insertInto(db: Kysely<Schema>, value: T, columns: OwnColumns = {}): Promise<void> {
    const [owned, name] = this.#open(db);
    await owned
      .insertInto(name)
      .values({ ...this.#row(value), ...columns })
      .execute();
  }

  async get(orgId: string, id: string): Promise<T | undefined> {
    const [found] = await this.find((query) => query.where('id', '=', id).where('org_id', '=', orgId));
    return found;
  }

  /** Rows found by a key, over all orgs unless `narrow` says otherwise. */
  async find(narrow: Narrow): Promise<T[]> {
    const rows = await this.#database.point((db) => {
      const [owned, name] = this.#open(db);
      return narrow(owned.selectFrom(name)).select(['id', 'doc']).execute();
    });
    return rows.map((row) => this.#decode(row));
  }

  /** A slice of an org's rows by creation, newest first, unless the query says otherwise; equal instants by id. */
  async list(orgId: string, query: ListQuery, narrow: Narrow = (all) => all): Promise<T[]> {
    const direction = query.order === 'ascending' ? 'asc' : 'desc';
    const rows = await this.#database.scan((db) => {
      const [owned, name] = this.#open(db);
      return matching(owned.selectFrom(name), orgId, query, narrow)
        .select(['id', 'doc'])
        .orderBy(COLUMNS[query.sortBy ?? 'createdAt'], direction)
        .orderBy('id', direction)
        .limit(query.limit)
        .offset(query.offset ?? 0)
        .execute();
    });
    return rows.map((row) => this.#decode(row));
  }

  async page(orgId: string, query: ListQuery, narrow: Narrow = (all) => all): Promise<Page<T>> {
    const [items, total] = await Promise.all([
      this.list(orgId, query, narrow),
      this.count(orgId, query, narrow),
    ]);
    return { items, total };
  }

  /** Rows of the org that the query matches on all its pages. */
  async count(
    orgId: string,
    query: Pick<ListQuery, 'createdAt' | 'updatedAt'> = {},
    narrow: Narrow = (all) => all,
  ): Promise<number> {
    const row = await this.#database.scan((db) => {
      const [owned, name] = this.#open(db);
      return matching(owned.selectFrom(name), orgId, query, narrow)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
    });
    return row.total;
  }

  /** Replaces a row by what `change` makes of it. Concurrent changes of one row follow each other. */
  update(orgId: string, id: string, change: (value: T) => T): Promise<T | undefined> {
    return this.#database.transaction(async (tx) => {
      const current = await this.lock(tx, orgId, id);
      if (!current) return undefined;
      const next = change(current.value);
      await this.replace(tx, current.value, next);
      return next;
    });
  }

  async remove(orgId: string, id: string): Promise<T | undefined> {
    const row = await this.#database.point((db) => {
      const [owned, name] = this.#open(db);
      return owned
        .deleteFrom(name)
        .where('id', '=', id)
        .where('org_id', '=', orgId)
        .returning(['id', 'doc'])
        .executeTakeFirst();
    });
    return row && this.#decode(row);
  }

  /** Reads a row for changing: until the transaction ends nobody else changes it. */
  async lock(
    db: Kysely<Schema>,
    orgId: string,
    id: string,
  ): Promise<{ value: T; row: { last_seq?: number | undefined } } | undefined> {
    const [owned, name] = this.#open(db);
    const row = await owned
      .selectFrom(name)
      .select(['id', 'doc'])
      // Named, never `*`: a prepared statement must survive the columns that a newer version adds beside it.
      .$if(this.#table === 'calls', (query) => query.select('last_seq'))
      .where('id', '=', id)
      .where('org_id', '=', orgId)
      .$if(this.#database.engine.rowLocks, (query) => query.forUpdate())
      .executeTakeFirst();
    return row && { value: this.#decode(row), row };
  }

  /** Writes `next` over the row that {@link lock} gave; `columns` are those that do not follow from the object. */
  async replace(db: Kysely<Schema>, current: T, next: T, columns: OwnColumns = {}): Promise<void> {
    if (next.id !== current.id || next.orgId !== current.orgId)
      throw new TypeError('a change may not give an object another id or org');
    const [owned, name] = this.#open(db);
    await owned
      .updateTable(name)
      .set({ ...this.#row(next), ...columns })
      .where('id', '=', current.id)
      .execute();
  }

  #open(db: Kysely<Schema>): [Kysely<OwnedSchema>, 'owned'] {
    return [db as unknown as Kysely<OwnedSchema>, this.#table as 'owned'];
  }

  #row(value: T): OwnedRow {
    return {
      ...this.#ownColumns(value),
      id: value.id,
      org_id: value.orgId,
      created_at: value.createdAt,
      updated_at: value.updatedAt,
      doc: this.#codec.encode(value, `${this.#table}/${value.id}`),
    };
  }

  #decode(row: Pick<OwnedTable, 'id' | 'doc'>): T {
    return this.#codec.decode<T>(row.doc, `${this.#table}/${row.id}`);
  }
}
