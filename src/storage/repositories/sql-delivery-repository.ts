import { type Kysely, sql, type Transaction } from 'kysely';
import type { Delivery, Endpoint, NewDelivery } from '../../domain/deliveries/delivery.ts';
import type {
  ClaimedDelivery,
  ClaimQuery,
  DeliveryQuery,
  DeliveryRepository,
  EndpointHealth,
  ReplayFilter,
  Settlement,
} from '../../domain/deliveries/delivery-repository.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { SecretUnreadableError } from '../secrets/secret-box.ts';
import { DeliveryEndpoints } from './delivery-endpoints.ts';
import { DeliveryLanes, keyOf } from './delivery-lanes.ts';
import {
  DELIVERY_COLUMNS,
  DELIVERY_FIELDS,
  type DeliveryRow,
  deliveryOf,
  endpointKeyOf,
} from './delivery-rows.ts';
import { DeliverySettling } from './delivery-settling.ts';
import { padded } from './padded.ts';

/** Deliveries sent again in one transaction, so that a replay of very many holds nobody up. */
const REPLAYED_AT_ONCE = 200;

export class SqlDeliveryRepository implements DeliveryRepository {
  readonly fellDue = new Emitter<readonly string[]>();
  readonly #database: Database;
  readonly #codec: DocumentCodec;
  readonly #lanes: DeliveryLanes;
  readonly #endpoints: DeliveryEndpoints;
  readonly #settling: DeliverySettling;

  constructor(database: Database, codec: DocumentCodec) {
    this.#database = database;
    this.#codec = codec;
    this.#lanes = new DeliveryLanes(codec, database.engine);
    this.#endpoints = new DeliveryEndpoints(codec, database.engine);
    this.#settling = new DeliverySettling(this.#lanes, this.#endpoints, database.engine);
  }

  insert(deliveries: readonly NewDelivery[]): Promise<void> {
    return this.writing(deliveries, async () => {});
  }

  /** Does the work and writes the deliveries that it gives rise to, in one transaction. */
  async writing<T>(
    deliveries: readonly NewDelivery[],
    work: (tx: Transaction<Schema>) => Promise<T>,
    isDue: (result: T) => boolean = () => true,
  ): Promise<T> {
    let due: string[] = [];
    const result = await this.#database.transaction(async (tx) => {
      const done = await work(tx);
      if (deliveries.length > 0 && isDue(done)) due = await this.#lanes.insert(tx, deliveries);
      return done;
    });
    if (due.length > 0) this.fellDue.emit(due);
    return result;
  }

  async claim(query: ClaimQuery): Promise<ClaimedDelivery[]> {
    const heads = this.#database.engine.dueHeads({ except: [], ...query });
    // Materialized: the planner may otherwise run the select several times, which would pass its limit.
    // A transaction, though it is one statement: so it shares the commit of others on SQLite.
    const { rows } = await this.#database.transaction((tx) =>
      sql<DeliveryRow>`with picked as materialized (${heads})
        update deliveries set lease_owner = ${query.owner}, due_at = ${query.until}
        where seq in (select seq from picked)
        returning ${DELIVERY_FIELDS}`.execute(tx),
    );
    return this.#sendable(
      rows.sort((a, b) => a.seq - b.seq),
      query,
    );
  }

  async settle(
    settlements: readonly Settlement[],
    lease: Pick<ClaimQuery, 'owner' | 'until' | 'now'>,
    health: (current: EndpointHealth, attempts: readonly Settlement[]) => EndpointHealth,
  ): Promise<ClaimedDelivery[]> {
    if (settlements.length === 0) return [];
    const rows = await this.#database.transaction((tx) =>
      this.#settling.settle(tx, settlements, lease, health),
    );
    return this.#sendable(rows, lease);
  }

  async renew(owner: string, until: number): Promise<void> {
    await this.#database.point((db) =>
      db.updateTable('deliveries').set({ due_at: until }).where('lease_owner', '=', owner).execute(),
    );
  }

  async release(owner: string, now: number): Promise<number> {
    const released = await this.#database.point((db) =>
      db
        .updateTable('deliveries')
        .set({ due_at: now, lease_owner: null })
        .where('lease_owner', '=', owner)
        .executeTakeFirst(),
    );
    return Number(released.numUpdatedRows);
  }

  async get(orgId: string, id: string): Promise<Delivery | undefined> {
    const row = await this.#database.point((db) =>
      db
        .selectFrom('deliveries')
        .select(DELIVERY_COLUMNS)
        .where('id', '=', id)
        .where('org_id', '=', orgId)
        .executeTakeFirst(),
    );
    return row && this.#delivery(row);
  }

  async list(orgId: string, query: DeliveryQuery): Promise<Delivery[]> {
    const { limit, before, status, type, callId, endpoint } = query;
    const rows = await this.#database.scan((db) =>
      db
        .selectFrom('deliveries')
        .select(DELIVERY_COLUMNS)
        .where('org_id', '=', orgId)
        .$if(before !== undefined, (some) => some.where('seq', '<', before as number))
        .$if(status !== undefined, (some) => some.where('status', '=', status as string))
        .$if(type !== undefined, (some) => some.where('type', '=', type as string))
        .$if(callId !== undefined, (some) => some.where('call_id', '=', callId as string))
        .$if(endpoint !== undefined, (some) =>
          some.where('endpoint', '=', endpointKeyOf(orgId, endpoint as string)),
        )
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => this.#delivery(row));
  }

  async replay(orgId: string, id: string, now: number): Promise<Delivery | undefined> {
    const { delivery, due } = await this.#database.transaction(async (tx) => {
      const row = await tx
        .selectFrom('deliveries')
        .select(DELIVERY_COLUMNS)
        .where('id', '=', id)
        .where('org_id', '=', orgId)
        .$if(this.#database.engine.rowLocks, (query) => query.forUpdate())
        .executeTakeFirst();
      if (!row || row.status === 'pending') return { delivery: row && this.#delivery(row), due: [] };
      const dueAt = await this.#readmit(tx, [row], now);
      const { deliveredAt: _, ...kept } = this.#delivery(row);
      const isDue = dueAt.has(row.seq);
      const pending = { ...kept, status: 'pending' as const, replayedAt: now };
      return {
        delivery: { ...pending, ...(isDue && { nextAttemptAt: now }) },
        due: isDue ? [row.endpoint] : [],
      };
    });
    if (due.length > 0) this.fellDue.emit(due);
    return delivery;
  }

  async replayAll(orgId: string, filter: ReplayFilter, now: number): Promise<number> {
    const { status, type, endpoint, since } = filter;
    let total = 0;
    for (;;) {
      const replayed = await this.#database.transaction(async (tx) => {
        const rows = await tx
          .selectFrom('deliveries')
          .select(['seq', 'endpoint', 'stream_id'])
          .where('org_id', '=', orgId)
          .where('status', '=', status)
          // One that was sent again and settled meanwhile is not sent a third time.
          .where((eb) => eb.or([eb('replayed_at', 'is', null), eb('replayed_at', '<', now)]))
          .$if(type !== undefined, (some) => some.where('type', '=', type as string))
          .$if(endpoint !== undefined, (some) =>
            some.where('endpoint', '=', endpointKeyOf(orgId, endpoint as string)),
          )
          .$if(since !== undefined, (some) => some.where('created_at', '>=', since as number))
          .orderBy('seq')
          .limit(REPLAYED_AT_ONCE)
          .$if(this.#database.engine.rowLocks, (query) => query.forUpdate())
          .execute();
        if (rows.length > 0) await this.#readmit(tx, rows, now);
        return rows;
      });
      total += replayed.length;
      if (replayed.length > 0) this.fellDue.emit([...new Set(replayed.map((row) => row.endpoint))]);
      if (replayed.length < REPLAYED_AT_ONCE) return total;
    }
  }

  endpoints(orgId: string): Promise<Endpoint[]> {
    return this.#database.scan((db) => this.#endpoints.list(db, orgId));
  }

  async resume(orgId: string, url: string, now: number): Promise<Endpoint | undefined> {
    const endpoint = await this.#database.transaction(async (tx) => {
      const found = await this.#endpoints.find(tx, orgId, url);
      if (found?.pausedUntil === undefined) return found;
      const { pending, pausedUntil: _, ...health } = found;
      await this.#endpoints.change(tx, [endpointKeyOf(orgId, url)], now, () => health);
      return { ...health, pending };
    });
    if (endpoint) this.fellDue.emit([endpointKeyOf(orgId, url)]);
    return endpoint;
  }

  async prune(bounds: { deliveredBefore: number; deadBefore: number; limit: number }): Promise<number> {
    const { deliveredBefore, deadBefore, limit } = bounds;
    let pruned = 0;
    for (const [status, before] of [
      ['delivered', deliveredBefore],
      ['dead', deadBefore],
    ] as const) {
      const deleted = await this.#database.point((db) =>
        db
          .deleteFrom('deliveries')
          .where('seq', 'in', (eb) =>
            eb
              .selectFrom('deliveries')
              .select('seq')
              .where(sql<boolean>`status <> 'pending'`)
              .where('status', '=', status)
              .where('updated_at', '<', before)
              .limit(limit - pruned),
          )
          .executeTakeFirst(),
      );
      pruned += Number(deleted.numDeletedRows);
    }
    const forgotten = await this.#database.point((db) =>
      db
        .deleteFrom('delivery_endpoints')
        .where('key', 'in', (eb) =>
          eb
            .selectFrom('delivery_endpoints as idle')
            .select('idle.key')
            .where('idle.updated_at', '<', deadBefore)
            .limit(limit - pruned),
        )
        .executeTakeFirst(),
    );
    return pruned + Number(forgotten.numDeletedRows);
  }

  /** Makes settled rows pending again, the first of each free lane due. @returns those that are due. */
  async #readmit(
    tx: Kysely<Schema>,
    rows: readonly { seq: number; endpoint: string; stream_id: string }[],
    now: number,
  ): Promise<Set<number>> {
    const free = await this.#lanes.freeLanes(tx, rows);
    const due = new Set<number>();
    for (const row of rows) if (free.delete(keyOf(row))) due.add(row.seq);
    const admit = (seqs: number[], dueAt: number | null) =>
      tx
        .updateTable('deliveries')
        .set({ status: 'pending', due_at: dueAt, replayed_at: now, updated_at: now, delivered_at: null })
        .where('seq', 'in', padded(seqs))
        .execute();
    const behind = rows.map(({ seq }) => seq).filter((seq) => !due.has(seq));
    if (due.size > 0) await admit([...due], now);
    if (behind.length > 0) await admit(behind, null);
    return due;
  }

  /** What can be sent. One whose secret no key opens is given up: it would hold up all that are claimed with it. */
  async #sendable(
    rows: readonly DeliveryRow[],
    lease: Pick<ClaimQuery, 'owner' | 'until' | 'now'>,
  ): Promise<ClaimedDelivery[]> {
    const claimed: ClaimedDelivery[] = [];
    const unreadable: Settlement[] = [];
    for (const row of rows) {
      try {
        claimed.push({ delivery: this.#delivery(row), endpointKey: row.endpoint });
      } catch (error) {
        if (!(error instanceof SecretUnreadableError)) throw error;
        const attempt = {
          at: lease.now,
          durationMs: 0,
          error: `its secret cannot be read: ${error.message}`,
        };
        unreadable.push({ seq: row.seq, attempt, outcome: { status: 'dead' } });
      }
    }
    if (unreadable.length > 0) await this.settle(unreadable, lease, (health) => health);
    return claimed;
  }

  #delivery(row: DeliveryRow): Delivery {
    return deliveryOf(row, this.#codec);
  }
}
