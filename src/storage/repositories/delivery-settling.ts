import { type Kysely, sql } from 'kysely';
import type { ClaimQuery, EndpointHealth, Settlement } from '../../domain/deliveries/delivery-repository.ts';
import type { Engine } from '../engines/engine.ts';
import type { Schema } from '../schema.ts';
import type { DeliveryEndpoints } from './delivery-endpoints.ts';
import type { DeliveryLanes } from './delivery-lanes.ts';
import { attemptsOf, type DeliveryRow } from './delivery-rows.ts';
import { padded } from './padded.ts';

/** Attempts kept of one delivery, the latest: a replayed one may gather any number. */
const MAX_ATTEMPTS = 50;

interface LockedRow {
  seq: number;
  org_id: string;
  url: string;
  endpoint: string;
  stream_id: string;
  status: string;
  lease_owner: string | null;
  attempts: string;
}

/** Writes down what came of attempts, as many at once as there are. */
export class DeliverySettling {
  readonly #lanes: DeliveryLanes;
  readonly #endpoints: DeliveryEndpoints;
  readonly #engine: Pick<Engine, 'rowLocks' | 'defer'>;

  constructor(
    lanes: DeliveryLanes,
    endpoints: DeliveryEndpoints,
    engine: Pick<Engine, 'rowLocks' | 'defer'>,
  ) {
    this.#lanes = lanes;
    this.#endpoints = endpoints;
    this.#engine = engine;
  }

  async settle(
    tx: Kysely<Schema>,
    settlements: readonly Settlement[],
    lease: Pick<ClaimQuery, 'owner' | 'until' | 'now'>,
    health: (current: EndpointHealth, attempts: readonly Settlement[]) => EndpointHealth,
  ): Promise<DeliveryRow[]> {
    const { owner, now } = lease;
    const rows = await this.#lock(tx, settlements);
    const counted = settlements.filter(({ seq, outcome }) => {
      const row = rows.get(seq);
      if (row?.status !== 'pending') return false;
      return outcome.status === 'delivered' || row.lease_owner === owner;
    });
    if (counted.length === 0) return [];
    const rowOf = ({ seq }: Settlement) => rows.get(seq) as LockedRow;
    await this.#write(tx, counted, rowOf, now);
    const through = counted.filter(({ outcome }) => outcome.status !== 'pending');
    const goesOn = ({ outcome, leaseNext }: Settlement) =>
      leaseNext === true && outcome.status === 'delivered';
    const leased = await this.#lanes.lease(tx, through.filter(goesOn).map(rowOf), lease);
    const rest = through.filter((settlement) => !goesOn(settlement));
    await this.#lanes.promote(tx, rest.map(rowOf), now);
    const byEndpoint = Map.groupBy(counted, (settlement) => rowOf(settlement).endpoint);
    await this.#endpoints.change(tx, [...byEndpoint.keys()], now, (key, current) => {
      const attempts = byEndpoint.get(key) ?? [];
      const { org_id: orgId, url } = rowOf(attempts[0] as Settlement);
      return health(current ?? { orgId, url, consecutiveFailures: 0 }, attempts);
    });
    return leased;
  }

  async #lock(tx: Kysely<Schema>, settlements: readonly Settlement[]): Promise<Map<number, LockedRow>> {
    const rows = await tx
      .selectFrom('deliveries')
      .select(['seq', 'org_id', 'url', 'endpoint', 'stream_id', 'status', 'lease_owner', 'attempts'])
      .where('seq', 'in', padded(settlements.map(({ seq }) => seq)))
      // Always in this order: who locks in another would wait for the other for ever.
      .orderBy('endpoint')
      .orderBy('stream_id')
      .$if(this.#engine.rowLocks, (query) => query.forUpdate())
      .execute();
    return new Map(rows.map((row) => [row.seq, row]));
  }

  async #write(
    tx: Kysely<Schema>,
    settlements: readonly Settlement[],
    rowOf: (settlement: Settlement) => LockedRow,
    now: number,
  ): Promise<void> {
    const values = settlements.map((settlement) => {
      const { seq, attempt, outcome } = settlement;
      const dueAt = outcome.status === 'pending' ? outcome.nextAttemptAt : null;
      const deliveredAt = outcome.status === 'delivered' ? attempt.at + attempt.durationMs : null;
      const attempts = [...attemptsOf(rowOf(settlement).attempts), attempt].slice(-MAX_ATTEMPTS);
      return sql`(cast(${seq} as bigint), ${outcome.status}, cast(${dueAt} as bigint),
        cast(${deliveredAt} as bigint), ${JSON.stringify(attempts)})`;
    });
    // Both engines name the columns of a list of values column1, column2.
    const update = sql`update deliveries set status = settled.column2, due_at = settled.column3,
        delivered_at = settled.column4, attempts = settled.column5, lease_owner = null, updated_at = ${now}
      from (values ${sql.join(padded(values))}) as settled
      where deliveries.seq = settled.column1`;
    await this.#engine.defer(tx, update.compile(tx));
  }
}
