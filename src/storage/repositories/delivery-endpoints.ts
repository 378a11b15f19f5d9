import { type Kysely, sql } from 'kysely';
import type { Endpoint } from '../../domain/deliveries/delivery.ts';
import type { EndpointHealth } from '../../domain/deliveries/delivery-repository.ts';
import type { Engine } from '../engines/engine.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { endpointKeyOf } from './delivery-rows.ts';
import { padded } from './padded.ts';

/** Endpoints that one list shows, those that changed last: an org has a handful. */
const MAX_LISTED = 1_000;

/** The health of endpoints: a row is made by the first attempt, not by the first delivery. */
export class DeliveryEndpoints {
  readonly #codec: DocumentCodec;
  readonly #rowLocks: boolean;

  constructor(codec: DocumentCodec, { rowLocks }: Pick<Engine, 'rowLocks'>) {
    this.#codec = codec;
    this.#rowLocks = rowLocks;
  }

  /** Replaces the health of each endpoint by what `change` makes of it; undefined where it has none yet. */
  async change(
    tx: Kysely<Schema>,
    keys: readonly string[],
    now: number,
    change: (key: string, current: EndpointHealth | undefined) => EndpointHealth,
  ): Promise<void> {
    const known = await this.#locked(tx, keys);
    for (const key of [...keys].sort()) {
      const current = known.get(key);
      const next = change(key, current);
      if (next === current) continue;
      const row = { updated_at: now, paused_until: next.pausedUntil ?? null, doc: this.#encode(key, next) };
      await tx
        .insertInto('delivery_endpoints')
        .values({ key, org_id: next.orgId, ...row })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute();
    }
  }

  async list(db: Kysely<Schema>, orgId: string): Promise<Endpoint[]> {
    const rows = await db
      .selectFrom('delivery_endpoints')
      .select(['key', 'doc'])
      .where('org_id', '=', orgId)
      .orderBy('updated_at', 'desc')
      .limit(MAX_LISTED)
      .execute();
    const waiting = await db
      .selectFrom('deliveries')
      .select((eb) => ['endpoint', eb.fn.min('url').as('url'), eb.fn.countAll<number>().as('pending')])
      .where('org_id', '=', orgId)
      .where('status', '=', 'pending')
      .groupBy('endpoint')
      .limit(MAX_LISTED)
      .execute();
    const endpoints = new Map<string, Endpoint>();
    for (const { key, doc } of rows) endpoints.set(key, { ...this.#decode(key, doc), pending: 0 });
    for (const { endpoint, url, pending } of waiting)
      endpoints.set(endpoint, {
        orgId,
        url,
        consecutiveFailures: 0,
        ...endpoints.get(endpoint),
        pending: Number(pending),
      });
    return [...endpoints.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
  }

  async find(db: Kysely<Schema>, orgId: string, url: string): Promise<Endpoint | undefined> {
    const key = endpointKeyOf(orgId, url);
    const [health] = (await this.#read(db, [key], false)).values();
    const { pending } = await db
      .selectFrom('deliveries')
      .select((eb) => eb.fn.countAll<number>().as('pending'))
      .where('endpoint', '=', key)
      .where(sql<boolean>`status = 'pending'`)
      .executeTakeFirstOrThrow();
    if (!health && pending === 0) return undefined;
    return { ...(health ?? { orgId, url, consecutiveFailures: 0 }), pending };
  }

  #locked(tx: Kysely<Schema>, keys: readonly string[]): Promise<Map<string, EndpointHealth>> {
    return this.#read(tx, keys, this.#rowLocks);
  }

  async #read(
    db: Kysely<Schema>,
    keys: readonly string[],
    lock: boolean,
  ): Promise<Map<string, EndpointHealth>> {
    const rows = await db
      .selectFrom('delivery_endpoints')
      .select(['key', 'doc'])
      .where('key', 'in', padded(keys))
      .orderBy('key')
      .$if(lock, (query) => query.forUpdate())
      .execute();
    return new Map(rows.map(({ key, doc }) => [key, this.#decode(key, doc)]));
  }

  #encode(key: string, health: EndpointHealth): string {
    return this.#codec.encode(health, placeOf(key));
  }

  #decode(key: string, doc: string): EndpointHealth {
    return this.#codec.decode<EndpointHealth>(doc, placeOf(key));
  }
}

function placeOf(key: string): string {
  return `delivery_endpoints/${key}`;
}
