import type { Kysely } from 'kysely';
import type { Call } from '../../domain/calls/call.ts';
import type { NewCallEvent } from '../../domain/calls/call-repository.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { ClaimedOrder, OutboundOrderRepository } from '../../domain/calls/outbound-order-repository.ts';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import { ExchangeError } from '../../domain/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import type { SqlCallRepository } from './sql-call-repository.ts';

type OrderRow = Pick<Schema['outbound_orders'], 'call_id' | 'org_id' | 'doc'>;

/** When an order that cannot be read is tried again, in milliseconds: by then its secret key may have been brought back. */
export const UNREADABLE_RETRY_MS = 600_000;

export class SqlOutboundOrderRepository implements OutboundOrderRepository {
  readonly #database: Database;
  readonly #codec: DocumentCodec;
  readonly #calls: SqlCallRepository;
  readonly #logger: Logger;

  constructor(database: Database, codec: DocumentCodec, calls: SqlCallRepository, logger: Logger) {
    this.#database = database;
    this.#codec = codec;
    this.#calls = calls;
    this.#logger = logger;
  }

  insert(
    call: Call,
    order: OutboundOrder,
    dueAt: number,
    events: NewCallEvent[],
    deliveries: NewDelivery[],
  ): Promise<void> {
    const doc = this.#codec.encode(order, placeOf(call.id));
    return this.#calls.insert(call, events, deliveries, async (tx) => {
      await tx
        .insertInto('outbound_orders')
        .values({ call_id: call.id, org_id: call.orgId, due_at: dueAt, doc })
        .execute();
    });
  }

  async claimDue(now: number, nodeId: string, limit: number): Promise<ClaimedOrder[]> {
    const due = await this.#database.point((db) =>
      db
        .selectFrom('outbound_orders')
        .select(['call_id', 'org_id', 'doc'])
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .orderBy('call_id')
        .limit(limit)
        .execute(),
    );
    const claimed: ClaimedOrder[] = [];
    for (const row of due) {
      try {
        const own = await this.#claimOrPostpone(row, nodeId, now);
        if (own) claimed.push(own);
      } catch (error) {
        // Nobody else begins what has been claimed: it must not get lost with the rest.
        if (claimed.length === 0) throw error;
        this.#logger.error({ err: error }, 'not all scheduled calls that are due could be claimed');
        break;
      }
    }
    return claimed;
  }

  async nextDueAt(): Promise<number | undefined> {
    const row = await this.#database.point((db) =>
      db.selectFrom('outbound_orders').select('due_at').orderBy('due_at').limit(1).executeTakeFirst(),
    );
    return row && Number(row.due_at);
  }

  withdraw(
    orgId: string,
    callId: string,
    event: NewCallEvent,
    change: (call: Call) => Call,
    deliveries: NewDelivery[],
  ): Promise<Call | undefined> {
    const isOurs = async (tx: Kysely<Schema>) => (await removed(tx, orgId, callId)) !== undefined;
    return this.#calls.end(orgId, callId, event, change, deliveries, isOurs);
  }

  /** An order that cannot be read makes room for those behind it. @throws {ExchangeError} where the store fails. */
  async #claimOrPostpone(row: OrderRow, nodeId: string, now: number): Promise<ClaimedOrder | undefined> {
    try {
      return await this.#database.transaction((tx) => this.#claim(tx, row, nodeId, now));
    } catch (error) {
      if (error instanceof ExchangeError) throw error;
      this.#logger.error({ err: error, callId: row.call_id }, 'a scheduled call cannot be read, and waits');
      await this.#database.point((db) =>
        db
          .updateTable('outbound_orders')
          .set({ due_at: now + UNREADABLE_RETRY_MS })
          .where('call_id', '=', row.call_id)
          .where('org_id', '=', row.org_id)
          .execute(),
      );
      return undefined;
    }
  }

  /** Whoever removes the row has the order: the engines let only one do so. */
  async #claim(
    tx: Kysely<Schema>,
    { org_id: orgId, call_id: callId }: OrderRow,
    nodeId: string,
    now: number,
  ): Promise<ClaimedOrder | undefined> {
    const row = await removed(tx, orgId, callId);
    if (!row) return undefined;
    const call = await this.#calls.change(tx, orgId, callId, (scheduled) => ({
      ...scheduled,
      nodeId,
      status: 'queued',
      updatedAt: now,
    }));
    return call && { call, order: this.#decode(row) };
  }

  #decode({ call_id, doc }: OrderRow): OutboundOrder {
    return this.#codec.decode<OutboundOrder>(doc, placeOf(call_id));
  }
}

function removed(db: Kysely<Schema>, orgId: string, callId: string): Promise<OrderRow | undefined> {
  return db
    .deleteFrom('outbound_orders')
    .where('call_id', '=', callId)
    .where('org_id', '=', orgId)
    .returning(['call_id', 'org_id', 'doc'])
    .executeTakeFirst();
}

function placeOf(callId: string): string {
  return `outbound_orders/${callId}`;
}
