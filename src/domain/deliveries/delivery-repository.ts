import type { Emitter } from '../../lib/emitter.ts';
import type { Delivery, DeliveryAttempt, DeliveryStatus, Endpoint, NewDelivery } from './delivery.ts';

/** What is asked of the list; the newest come first. */
export interface DeliveryQuery {
  limit: number;
  /** Only those written before the one of this sequence number: the cursor of the page before. */
  before?: number;
  status?: DeliveryStatus;
  type?: string;
  callId?: string;
  /** URL of the server. */
  endpoint?: string;
}

/** Which deliveries are sent again together. */
export interface ReplayFilter {
  status: Exclude<DeliveryStatus, 'pending'>;
  type?: string;
  /** URL of the server. */
  endpoint?: string;
  /** Written at this instant or later. */
  since?: number;
}

export interface ClaimQuery {
  /** Whose lease it becomes. */
  owner: string;
  /** Instant at which the lease runs out, unless it is renewed. */
  until: number;
  now: number;
  limit: number;
  perEndpoint: number;
  /** Keys of endpoints that are left out. */
  except?: readonly string[];
  /** Keys of the endpoints that alone are asked for. */
  only?: readonly string[];
}

export interface ClaimedDelivery {
  delivery: Delivery;
  /** Tells the endpoint from others, of all orgs. */
  endpointKey: string;
}

/** What came of one attempt. */
export interface Settlement {
  seq: number;
  attempt: DeliveryAttempt;
  outcome: { status: 'delivered' } | { status: 'dead' } | { status: 'pending'; nextAttemptAt: number };
  /** Of a delivered one: the next of its lane is leased at once, which spares the claim. */
  leaseNext?: boolean;
}

/** An endpoint without the count of what waits for it. */
export type EndpointHealth = Omit<Endpoint, 'pending'>;

/**
 * The deliveries of one stream to one endpoint make a lane: only the first that is not settled is ever due, so that
 * they arrive in their order.
 */
export interface DeliveryRepository {
  /** Tells, after the commit, that deliveries may have fallen due by it: the keys of their endpoints. */
  readonly fellDue: Emitter<readonly string[]>;
  /** Those whose id is stored already are left out. Deliveries of a call go through the call's own repository. */
  insert(deliveries: readonly NewDelivery[]): Promise<void>;
  /** Leases due deliveries, the longest due first: heads of their lanes, of endpoints that are not paused. */
  claim(query: ClaimQuery): Promise<ClaimedDelivery[]>;
  /**
   * Stores what came of attempts and lets the next of each lane through, in one transaction. An attempt of somebody
   * who lost the lease counts only if it succeeded.
   * @param lease as in {@link ClaimQuery}.
   * @param health what an endpoint's attempts, in the order given, make of its health.
   * @returns what was leased of what `leaseNext` asked for.
   */
  settle(
    settlements: readonly Settlement[],
    lease: Pick<ClaimQuery, 'owner' | 'until' | 'now'>,
    health: (current: EndpointHealth, attempts: readonly Settlement[]) => EndpointHealth,
  ): Promise<ClaimedDelivery[]>;
  /** Extends all leases of the owner. */
  renew(owner: string, until: number): Promise<void>;
  /** Gives back all leases of the owner; what he held is due at once. @returns how many. */
  release(owner: string, now: number): Promise<number>;
  get(orgId: string, id: string): Promise<Delivery | undefined>;
  list(orgId: string, query: DeliveryQuery): Promise<Delivery[]>;
  /** Makes a settled delivery pending again; one that is pending stays as it is. */
  replay(orgId: string, id: string, now: number): Promise<Delivery | undefined>;
  /** @returns how many are sent again. */
  replayAll(orgId: string, filter: ReplayFilter, now: number): Promise<number>;
  /** Every endpoint of the org that something was sent to or waits for. */
  endpoints(orgId: string): Promise<Endpoint[]>;
  /** Ends an endpoint's pause. */
  resume(orgId: string, url: string, now: number): Promise<Endpoint | undefined>;
  /** Deletes at most `limit` settled deliveries and forgotten endpoints. @returns how many it deleted. */
  prune(bounds: { deliveredBefore: number; deadBefore: number; limit: number }): Promise<number>;
}
