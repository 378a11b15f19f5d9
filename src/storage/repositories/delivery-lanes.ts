import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import type { Engine } from '../engines/engine.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { DELIVERY_FIELDS, type DeliveryRow, rowOf } from './delivery-rows.ts';
import { padded } from './padded.ts';

/** Rows per statement: bounds both the statement's parameters and the number of different statements. */
const ROWS_PER_INSERT = 16;

/** The deliveries of one stream to one endpoint. */
export interface Lane {
  endpoint: string;
  stream_id: string;
}

/**
 * Keeps of each lane only the first unsettled delivery due. Whoever adds to a lane locks its last one and whoever
 * settles locks the first, so that where they are the same neither overlooks the other.
 */
export class DeliveryLanes {
  readonly #codec: DocumentCodec;
  readonly #engine: Pick<Engine, 'rowLocks' | 'defer'>;

  constructor(codec: DocumentCodec, engine: Pick<Engine, 'rowLocks' | 'defer'>) {
    this.#codec = codec;
    this.#engine = engine;
  }

  /**
   * Adds deliveries to the ends of their lanes, but those whose id is stored already.
   * @returns the endpoints of which something may be due by it.
   */
  async insert(tx: Kysely<Schema>, deliveries: readonly NewDelivery[]): Promise<string[]> {
    const rows = deliveries.map((delivery) => rowOf(delivery, this.#codec));
    const lanes = lanesOf(rows);
    if (this.#engine.rowLocks) for (const lane of lanes.values()) await this.#last(tx, lane);
    const opened = new Set<string>();
    const stored = new Set<string>();
    const due = new Set<string>();
    for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
      const values = rows.slice(start, start + ROWS_PER_INSERT).map((row) => {
        // Only the first of each lane here can be the first of all.
        const isFirst = !opened.has(keyOf(row));
        opened.add(keyOf(row));
        return { ...row, due_at: isFirst ? dueIfFree(row) : null };
      });
      const inserted = await tx
        .insertInto('deliveries')
        .values(values)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning(['id', 'endpoint', 'due_at'])
        .execute();
      for (const { id, endpoint, due_at } of inserted) {
        stored.add(id);
        if (due_at !== null) due.add(endpoint);
      }
    }
    // What was stored before was taken for the first of its lane here, and may be settled there.
    if (rows.some(({ id }) => !stored.has(id))) {
      await this.promote(tx, [...lanes.values()], Math.max(...rows.map((row) => row.created_at)));
      for (const { endpoint } of lanes.values()) due.add(endpoint);
    }
    return [...due];
  }

  /** Those lanes of the rows in which nothing waits, by their key. */
  async freeLanes(tx: Kysely<Schema>, rows: readonly Lane[]): Promise<Map<string, Lane>> {
    const lanes = lanesOf(rows);
    for (const [key, lane] of lanes) if (await this.#last(tx, lane)) lanes.delete(key);
    return lanes;
  }

  /** The last delivery that waits in a lane, locked where processes share the database. */
  #last(tx: Kysely<Schema>, { endpoint, stream_id }: Lane): Promise<{ seq: number } | undefined> {
    return (
      tx
        .selectFrom('deliveries')
        .select('seq')
        .where('endpoint', '=', endpoint)
        .where('stream_id', '=', stream_id)
        // Written out, not a parameter: only so is the index over what waits used.
        .where(sql<boolean>`status = 'pending'`)
        .orderBy('seq', 'desc')
        .limit(1)
        .$if(this.#engine.rowLocks, (query) => query.forShare())
        .executeTakeFirst()
    );
  }

  /** Makes the first unsettled delivery of each lane due, unless it is due or leased already. */
  async promote(tx: Kysely<Schema>, lanes: readonly Lane[], dueAt: number): Promise<void> {
    if (lanes.length === 0) return;
    const update = sql`update deliveries set due_at = ${dueAt} where ${firstOf(lanes)}`;
    await this.#engine.defer(tx, update.compile(tx));
  }

  /** As {@link promote}, and leases it at once. @returns what was leased. */
  async lease(
    tx: Kysely<Schema>,
    lanes: readonly Lane[],
    { owner, until }: { owner: string; until: number },
  ): Promise<DeliveryRow[]> {
    if (lanes.length === 0) return [];
    const { rows } = await sql<DeliveryRow>`update deliveries set due_at = ${until}, lease_owner = ${owner}
      where ${firstOf(lanes)} returning ${DELIVERY_FIELDS}`.execute(tx);
    return rows;
  }
}

/** Each lane once, always in this order, as in `settle`: who locks in another would wait for the other for ever. */
function lanesOf(rows: readonly Lane[]): Map<string, Lane> {
  const lanes = new Map(
    rows.map(({ endpoint, stream_id }) => [keyOf({ endpoint, stream_id }), { endpoint, stream_id }]),
  );
  return new Map([...lanes].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The instant of its writing where nothing waits in its lane. */
function dueIfFree({
  endpoint,
  stream_id,
  created_at,
}: Lane & { created_at: number }): RawBuilder<number | null> {
  return sql`case when exists (
      select 1 from deliveries as before
      where before.endpoint = ${endpoint} and before.stream_id = ${stream_id} and before.status = 'pending')
    then null else cast(${created_at} as bigint) end`;
}

function firstOf(lanes: readonly Lane[]): RawBuilder<boolean> {
  const values = sql.join(padded(lanes).map((lane) => sql`(${lane.endpoint}, ${lane.stream_id})`));
  // Both engines name the columns of a list of values column1, column2.
  return sql`due_at is null and status = 'pending' and seq in (
    select (select min(first.seq) from deliveries as first
            where first.endpoint = lane.column1 and first.stream_id = lane.column2 and first.status = 'pending')
    from (values ${values}) as lane)`;
}

export function keyOf({ endpoint, stream_id }: Lane): string {
  return `${endpoint} ${stream_id}`;
}
