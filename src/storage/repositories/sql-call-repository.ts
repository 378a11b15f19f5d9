import { type Kysely, sql } from 'kysely';
import type { Call, CallEvent } from '../../domain/calls/call.ts';
import type { CallQuery, CallRepository, NewCallEvent } from '../../domain/calls/call-repository.ts';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import type { Page } from '../../domain/page.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { type Narrow, OwnedDocuments } from './owned-documents.ts';
import type { SqlDeliveryRepository } from './sql-delivery-repository.ts';

/** Events per statement: bounds both the statement's parameters and the number of different statements. */
const EVENTS_PER_INSERT = 20;

export class SqlCallRepository implements CallRepository {
  readonly #database: Database;
  readonly #codec: DocumentCodec;
  readonly #deliveries: SqlDeliveryRepository;
  readonly #calls: OwnedDocuments<Call>;

  constructor(database: Database, codec: DocumentCodec, deliveries: SqlDeliveryRepository) {
    this.#database = database;
    this.#codec = codec;
    this.#deliveries = deliveries;
    this.#calls = new OwnedDocuments<Call>(database, codec, 'calls', (call) => ({
      status: call.status,
      agent_id: call.agentId ?? null,
      number_id: call.numberId ?? null,
    }));
  }

  /** @param beside writes what is stored together with the call. */
  insert(
    call: Call,
    events: NewCallEvent[],
    deliveries: NewDelivery[] = [],
    beside?: (tx: Kysely<Schema>) => Promise<void>,
  ): Promise<void> {
    return this.#deliveries.writing(deliveries, async (tx) => {
      await this.#calls.insertInto(tx, call, { last_seq: events.length });
      await this.#append(tx, call, 0, events);
      await beside?.(tx);
    });
  }

  get(orgId: string, id: string): Promise<Call | undefined> {
    return this.#calls.get(orgId, id);
  }

  list(orgId: string, query: CallQuery): Promise<Call[]> {
    return this.#calls.list(orgId, query, narrowedBy(query));
  }

  page(orgId: string, query: CallQuery): Promise<Page<Call>> {
    return this.#calls.page(orgId, query, narrowedBy(query));
  }

  record(
    orgId: string,
    id: string,
    events: NewCallEvent[],
    change: (call: Call) => Call = (call) => call,
    deliveries: NewDelivery[] = [],
  ): Promise<Call | undefined> {
    return this.#deliveries.writing(deliveries, (tx) => this.#record(tx, orgId, id, events, change), isFound);
  }

  /** Changes a call that has not ended, within a transaction of somebody else's. */
  change(
    tx: Kysely<Schema>,
    orgId: string,
    id: string,
    change: (call: Call) => Call,
  ): Promise<Call | undefined> {
    return this.#record(tx, orgId, id, [], change);
  }

  end(
    orgId: string,
    id: string,
    event: NewCallEvent,
    change: (call: Call) => Call,
    deliveries: NewDelivery[] = [],
    mayEnd: (tx: Kysely<Schema>) => Promise<boolean> = async () => true,
  ): Promise<Call | undefined> {
    const end = async (tx: Kysely<Schema>) => {
      const current = await this.#calls.lock(tx, orgId, id);
      if (!current || current.value.status === 'ended' || !(await mayEnd(tx))) return undefined;
      const next = change(current.value);
      if (next.status !== 'ended') throw new TypeError('the change that ends a call must set its status');
      await this.#write(tx, current.value, next, current.row.last_seq ?? 0, [event]);
      return next;
    };
    return this.#deliveries.writing(deliveries, end, isFound);
  }

  rename(orgId: string, id: string, name: string | undefined, at: number): Promise<Call | undefined> {
    return this.#calls.update(orgId, id, ({ name: _, ...call }) => ({
      ...call,
      ...(name !== undefined && { name }),
      updatedAt: at,
    }));
  }

  remove(orgId: string, id: string): Promise<Call | undefined> {
    return this.#database.transaction(async (tx) => {
      const current = await this.#calls.lock(tx, orgId, id);
      if (current?.value.status !== 'ended') return current?.value;
      await tx.deleteFrom('calls').where('id', '=', id).execute();
      // What was told already goes with the call; what still waits to be told is told.
      await tx
        .deleteFrom('deliveries')
        .where('call_id', '=', id)
        .where('org_id', '=', orgId)
        .where('status', '<>', 'pending')
        .execute();
      return current.value;
    });
  }

  async events(orgId: string, callId: string, afterSeq = 0): Promise<CallEvent[]> {
    const rows = await this.#database.point((db) =>
      db
        .selectFrom('call_events')
        .select(['seq', 'doc'])
        .where('call_id', '=', callId)
        .where('org_id', '=', orgId)
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .execute(),
    );
    return rows.map(({ seq, doc }) => this.#codec.decode<CallEvent>(doc, eventPlace(callId, seq)));
  }

  listOpen(): Promise<Call[]> {
    // Written out, not a parameter: only so does PostgreSQL use the index over open calls.
    return this.#calls.find((query) =>
      query.where(sql<boolean>`status <> 'ended'`).orderBy('created_at').orderBy('id'),
    );
  }

  async #record(
    tx: Kysely<Schema>,
    orgId: string,
    id: string,
    events: NewCallEvent[],
    change: (call: Call) => Call,
  ): Promise<Call | undefined> {
    const current = await this.#calls.lock(tx, orgId, id);
    if (!current) return undefined;
    const { value: call, row } = current;
    if (call.status === 'ended') return call;
    const next = change(call);
    if (next.status === 'ended') throw new TypeError('a call ends through end() alone');
    await this.#write(tx, call, next, row.last_seq ?? 0, events);
    return next;
  }

  async #write(
    tx: Kysely<Schema>,
    call: Call,
    next: Call,
    lastSeq: number,
    events: NewCallEvent[],
  ): Promise<void> {
    if (next !== call) await this.#calls.replace(tx, call, next, { last_seq: lastSeq + events.length });
    else if (events.length > 0)
      await this.#database.engine.defer(
        tx,
        tx
          .updateTable('calls')
          .set({ last_seq: lastSeq + events.length })
          .where('id', '=', call.id)
          .compile(),
      );
    await this.#append(tx, call, lastSeq, events);
  }

  async #append(tx: Kysely<Schema>, call: Call, lastSeq: number, events: NewCallEvent[]): Promise<void> {
    const rows = events.map((event, index) => {
      if (event.callId !== call.id || event.orgId !== call.orgId)
        throw new TypeError('an event belongs to the call that it is recorded for');
      const seq = lastSeq + index + 1;
      const doc = this.#codec.encode({ ...event, seq } satisfies CallEvent, eventPlace(call.id, seq));
      return { call_id: call.id, seq, org_id: call.orgId, doc };
    });
    for (let start = 0; start < rows.length; start += EVENTS_PER_INSERT)
      await this.#database.engine.defer(
        tx,
        tx
          .insertInto('call_events')
          .values(rows.slice(start, start + EVENTS_PER_INSERT))
          .compile(),
      );
  }
}

function narrowedBy({ id, agentId, numberId }: CallQuery): Narrow {
  return (all) => {
    let some = all;
    if (id !== undefined) some = some.where('id', '=', id);
    if (agentId !== undefined) some = some.where('agent_id', '=', agentId);
    if (numberId !== undefined) some = some.where('number_id', '=', numberId);
    return some;
  };
}

/** Nothing is told of a call that is not there, or whose end was told before. */
function isFound(call: Call | undefined): boolean {
  return call !== undefined;
}

function eventPlace(callId: string, seq: number): string {
  return `call_events/${callId}/${seq}`;
}
