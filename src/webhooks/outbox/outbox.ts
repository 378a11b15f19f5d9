import type { Delivery } from '../../domain/deliveries/delivery.ts';
import type {
  ClaimedDelivery,
  DeliveryRepository,
  EndpointHealth,
  Settlement,
} from '../../domain/deliveries/delivery-repository.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { type AttemptOutcome, attemptDelivery } from './attempt-delivery.ts';
import type { DeliverySender } from './delivery-sender.ts';
import { endpointHealth } from './endpoint-health.ts';
import { isSuccess, type NextStep, nextStep } from './retry-schedule.ts';
import { CLAIMED_PER_ENDPOINT, MAX_SENDING, SendingSlots } from './sending-slots.ts';

/** How often the store is asked without being told: finds what another process wrote and what falls due. */
const POLL_MS = 1_000;
/** A lease outlives two renewals that fail; what a process that died held is sent by another after it. */
const LEASE_MS = 60_000;
const RENEW_MS = 20_000;
/**
 * Deliveries of one lane that follow each other without a claim between them. After so many the lane goes back into
 * the queue, so that a talkative call cannot keep others of its endpoint waiting for ever.
 */
const LANE_RUN = 16;
/** Attempts written down in one transaction: bounds how long it keeps others from writing. */
const SETTLED_AT_ONCE = 256;
/** Wait before attempts are written down again when the store failed. */
const SETTLE_AGAIN_MS = 1_000;
/** Settled deliveries are kept for replay: delivered ones for a week, dead ones until somebody is back from holiday. */
export const DELIVERED_KEPT_MS = 7 * 86_400_000;
export const DEAD_KEPT_MS = 30 * 86_400_000;
const PRUNE_EVERY_MS = 10 * 60_000;
/** Rows deleted in one statement, and the rest before the next, so that calls can write in between. */
const PRUNED_AT_ONCE = 500;
const PRUNE_REST_MS = 100;

/** What came of an attempt, until it is written down. */
interface Unsettled {
  settlement: Settlement;
  claimed: ClaimedDelivery;
  /** Place in its lane's run, from 1. */
  run: number;
}

export interface OutboxOptions {
  deliveries: DeliveryRepository;
  orgs: Pick<OrgRepository, 'getOrg'>;
  sender: DeliverySender;
  /** Names this process in leases; the next process of the same name takes over what it left. */
  owner: string;
  clock: Clock;
  logger: Logger;
  /** 0 to 1; spreads retries. */
  random?: () => number;
}

/**
 * Sends what the store holds for customers' servers: at least once, per stream and endpoint in order, each attempt
 * written down before the next of its lane. What is not settled when the process ends is sent by the next one.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #random: () => number;
  readonly #slots = new SendingSlots();
  readonly #running = new Map<Promise<void>, AbortController>();
  readonly #timers = new Map<string, Timer>();
  #state: 'new' | 'running' | 'stopping' = 'new';
  #unsubscribe: () => void = () => {};
  /** Endpoints whose places were taken when something of them may have been due. */
  #leftOut = new Set<string>();
  /** Whether the last look found all places taken, or took them. */
  #isFull = false;
  #claimWanted = false;
  #claiming: Promise<void> | undefined;
  #unsettled: Unsettled[] = [];
  #settling: Promise<void> | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** @throws {ExchangeError} `storage-failed`. */
  async start(): Promise<void> {
    const { deliveries, owner, clock } = this.#options;
    const left = await deliveries.release(owner, clock.now());
    if (left > 0) this.#options.logger.info({ deliveries: left }, 'deliveries of the last run are taken up');
    this.#state = 'running';
    this.#unsubscribe = deliveries.fellDue.on((endpoints) => this.#wakeFor(endpoints));
    this.#every('poll', POLL_MS, async () => this.wake());
    this.#every('renew', RENEW_MS, () => this.#renew());
    this.#every('prune', PRUNE_EVERY_MS, () => this.#prune());
    this.wake();
  }

  /** Looks for what is due; a lost call costs no more than {@link POLL_MS}. */
  wake(): void {
    if (this.#state !== 'running') return;
    this.#claimWanted = true;
    this.#claiming ??= this.#claimAll();
  }

  /** A look in vain costs the store as much as one that finds something: endpoints whose places are taken must wait. */
  #wakeFor(endpoints: Iterable<string>): void {
    let isOpen = false;
    for (const key of endpoints) {
      if (this.#slots.isOpen(key)) isOpen = true;
      else this.#leftOut.add(key);
    }
    if (isOpen) this.wake();
  }

  /** Takes up nothing more, lets what is under way come to its end within the limit, and gives back the rest. */
  async stop(limitMs: number): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'stopping';
    this.#unsubscribe();
    const { clock, deliveries, owner } = this.#options;
    for (const timer of this.#timers.values()) clock.clearTimeout(timer);
    const abandon = clock.setTimeout(() => {
      for (const controller of this.#running.values()) controller.abort();
    }, limitMs);
    await this.#claiming;
    await Promise.all(this.#running.keys());
    clock.clearTimeout(abandon);
    await this.#settling;
    await deliveries.release(owner, clock.now());
  }

  /** Runs until nothing more is due or all hands are full. */
  async #claimAll(): Promise<void> {
    while (this.#claimWanted && this.#state === 'running') {
      this.#claimWanted = false;
      try {
        if (await this.#claim()) this.#claimWanted = true;
      } catch (error) {
        // The poll asks again.
        this.#options.logger.error({ err: error }, 'deliveries cannot be claimed');
      }
    }
    // In the same instant as the last look at the wish: whoever wakes from here on starts anew.
    this.#claiming = undefined;
  }

  /** @returns whether there may be more to claim at once. */
  async #claim(): Promise<boolean> {
    const { deliveries, owner, clock } = this.#options;
    const limit = MAX_SENDING - this.#slots.total;
    this.#isFull = limit <= 0;
    if (this.#isFull) return false;
    const now = clock.now();
    const query = { owner, now, until: now + LEASE_MS, limit };
    const except = this.#slots.closed();
    this.#leftOut = new Set(except);
    const claimed = await deliveries.claim({
      ...query,
      perEndpoint: CLAIMED_PER_ENDPOINT,
      except,
    });
    this.#deliverAll(claimed);
    const only = this.#slots.idleFailing();
    const left = limit - claimed.length;
    if (only.length > 0 && left > 0)
      this.#deliverAll(await deliveries.claim({ ...query, limit: left, perEndpoint: 1, only }));
    this.#isFull = this.#slots.total >= MAX_SENDING;
    const byEndpoint = Map.groupBy(claimed, ({ endpointKey }) => endpointKey);
    return [...byEndpoint.values()].some(({ length }) => length >= CLAIMED_PER_ENDPOINT);
  }

  #deliverAll(claimed: readonly ClaimedDelivery[]): void {
    // What was claimed while the stop began is given back by it.
    if (this.#state === 'running') for (const each of claimed) this.#deliver(each);
  }

  #deliver(claimed: ClaimedDelivery, run = 1): void {
    const { delivery, endpointKey } = claimed;
    const controller = new AbortController();
    // Of what goes on in its lane the place is taken already.
    if (run === 1) this.#slots.take(endpointKey);
    const running = attemptDelivery(delivery, controller, this.#options).then(async (outcome) => {
      if (outcome) {
        this.#slots.note(endpointKey, isSuccess(outcome.result.status));
        const settlement = await this.#settlementOf(delivery, outcome);
        const leaseNext = run < LANE_RUN && settlement.outcome.status === 'delivered';
        if (!leaseNext) this.#slots.giveBack(endpointKey);
        this.#settleSoon({ settlement: { ...settlement, leaseNext }, claimed, run });
      } else this.#slots.giveBack(endpointKey);
      this.#running.delete(running);
    });
    this.#running.set(running, controller);
  }

  async #settlementOf(delivery: Delivery, { attempt, result }: AttemptOutcome): Promise<Settlement> {
    const { seq, server, attempts, replayedAt = 0 } = delivery;
    const failures = attempts.filter(({ at }) => at >= replayedAt).length + 1;
    const durable = !isSuccess(result.status) && (await this.#isDurable(delivery.orgId));
    const step = nextStep(result, server, { failures, durable, random: this.#random() });
    if (step.kind === 'dead') this.#reportDead(delivery, attempt);
    return { seq, attempt, outcome: outcomeOf(step, this.#options.clock.now()) };
  }

  async #isDurable(orgId: string): Promise<boolean> {
    try {
      return (await this.#options.orgs.getOrg(orgId))?.durableRetries === true;
    } catch {
      // The store is away and says so itself: rather a try too many than a delivery that is given up too early.
      return true;
    }
  }

  #reportDead({ id, orgId, type, callId, server }: Delivery, { status, error }: Settlement['attempt']): void {
    const fields = { id, orgId, type, callId, host: URL.parse(server.url)?.host, status, error };
    this.#options.logger.warn(fields, 'a delivery was given up');
  }

  #settleSoon(unsettled: Unsettled): void {
    this.#unsettled.push(unsettled);
    this.#settling ??= this.#settleAll();
  }

  /** While one batch is written the next gathers, so that batches grow with the load. */
  async #settleAll(): Promise<void> {
    const { clock, logger } = this.#options;
    while (this.#unsettled.length > 0) {
      const batch = this.#unsettled.slice(0, SETTLED_AT_ONCE);
      try {
        await this.#settle(batch);
        this.#unsettled.splice(0, batch.length);
        if (this.#isFull || batch.some(promotesNext)) this.wake();
        else this.#wakeFor(this.#leftOut);
      } catch (error) {
        logger.error({ err: error, attempts: this.#unsettled.length }, 'attempts cannot be written down');
        // What stays unwritten at the end is sent again by the next process, with the same ids.
        if (this.#state === 'stopping') break;
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, SETTLE_AGAIN_MS);
        });
      }
    }
    this.#settling = undefined;
  }

  async #settle(batch: readonly Unsettled[]): Promise<void> {
    const { deliveries, owner, clock } = this.#options;
    const now = clock.now();
    const next = await deliveries.settle(
      batch.map(({ settlement }) => settlement),
      { owner, now, until: now + LEASE_MS },
      (current, attempts) => this.#healthAfter(current, attempts),
    );
    const following = new Map(next.map((claimed) => [laneOf(claimed), claimed]));
    for (const { settlement, claimed, run } of batch) {
      const { outcome, leaseNext } = settlement;
      if (outcome.status === 'pending') this.#wakeAt(outcome.nextAttemptAt);
      if (!leaseNext) continue;
      const follower = following.get(laneOf(claimed));
      if (follower && this.#state === 'running') this.#deliver(follower, run + 1);
      else this.#slots.giveBack(claimed.endpointKey);
    }
  }

  #healthAfter(current: EndpointHealth, settlements: readonly Settlement[]): EndpointHealth {
    let health = current;
    for (const { attempt, outcome } of settlements)
      health = endpointHealth(health, {
        at: attempt.at + attempt.durationMs,
        success: outcome.status === 'delivered',
        error: attempt.error ?? `HTTP ${attempt.status}`,
      });
    if (health.pausedUntil !== undefined && health.pausedUntil !== current.pausedUntil)
      this.#options.logger.warn(
        {
          orgId: health.orgId,
          host: URL.parse(health.url)?.host,
          failures: health.consecutiveFailures,
          until: new Date(health.pausedUntil).toISOString(),
        },
        'an endpoint is paused after long failure',
      );
    return health;
  }

  /** Wakes at the earliest of the instants asked for; later ones are found by the poll. */
  #wakeAt(at: number): void {
    const { clock } = this.#options;
    if (at >= this.#wakesAt || this.#state !== 'running') return;
    clock.clearTimeout(this.#timers.get('wake'));
    this.#wakesAt = at;
    const timer = clock.setTimeout(
      () => {
        this.#wakesAt = Number.POSITIVE_INFINITY;
        this.wake();
      },
      Math.max(0, at - clock.now()),
    );
    this.#timers.set('wake', timer);
  }

  #every(name: string, intervalMs: number, work: () => Promise<void>): void {
    const { clock, logger } = this.#options;
    const timer = clock.setTimeout(async () => {
      await work().catch((error: unknown) => logger.error({ err: error, work: name }, 'the outbox failed'));
      if (this.#state === 'running') this.#every(name, intervalMs, work);
    }, intervalMs);
    this.#timers.set(name, timer);
  }

  async #renew(): Promise<void> {
    const { deliveries, owner, clock } = this.#options;
    if (this.#slots.total > 0) await deliveries.renew(owner, clock.now() + LEASE_MS);
  }

  async #prune(): Promise<void> {
    const { deliveries, clock } = this.#options;
    while (this.#state === 'running') {
      const now = clock.now();
      const pruned = await deliveries.prune({
        deliveredBefore: now - DELIVERED_KEPT_MS,
        deadBefore: now - DEAD_KEPT_MS,
        limit: PRUNED_AT_ONCE,
      });
      if (pruned < PRUNED_AT_ONCE) return;
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, PRUNE_REST_MS);
      });
    }
  }
}

/** Whether the next delivery of the lane has fallen due by it, and is not leased already. */
function promotesNext({ settlement: { outcome, leaseNext } }: Unsettled): boolean {
  return outcome.status !== 'pending' && !leaseNext;
}

function laneOf({ delivery, endpointKey }: ClaimedDelivery): string {
  return `${endpointKey} ${delivery.streamId}`;
}

function outcomeOf(step: NextStep, now: number): Settlement['outcome'] {
  switch (step.kind) {
    case 'done':
      return { status: 'delivered' };
    case 'dead':
      return { status: 'dead' };
    case 'retry':
      return { status: 'pending', nextAttemptAt: now + step.delayMs };
  }
}
