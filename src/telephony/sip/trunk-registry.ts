import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { LeaseRepository } from '../../domain/lease-repository.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { NumberRepository } from '../../domain/numbers/number-repository.ts';
import { statusOnTrunk } from '../../domain/trunks/number-on-trunk.ts';
import type { Trunk } from '../../domain/trunks/trunk.ts';
import type { Stranger, TrunkReport, TrunkReports } from '../../domain/trunks/trunk-report.ts';
import type { TrunkRepository } from '../../domain/trunks/trunk-repository.ts';
import type { Timer } from '../../lib/clock.ts';
import { TrunkPlaces } from './trunk-places.ts';
import { TrunkWatch, type TrunkWatchOptions } from './trunk-watch.ts';

/** Looks for what other processes on the same store have changed; milliseconds. */
export const SYNC_INTERVAL_MS = 60_000;
/** Trunks whose stamps are read at once. */
const STAMPS_AT_ONCE = 500;
/** Numbers of one trunk whose status is kept right; a trunk with more has to be served by hand. */
const MAX_NUMBERS = 100_000;
/** What the registrars may take at the end of the process, milliseconds. */
const CLOSE_LIMIT_MS = 2_000;
/** How long a process that has died keeps others from registering its trunks, and how often one that lives says so. */
export const LEASE_MS = 90_000;
export const LEASE_RENEWAL_MS = 30_000;

export interface TrunkRegistryOptions extends TrunkWatchOptions {
  trunks: Pick<TrunkRepository, 'find' | 'stamps'>;
  numbers: Pick<NumberRepository, 'findByCredential' | 'update'>;
  /** Each trunk is registered by one process alone: a second binding would have every call rung twice. */
  leases: LeaseRepository;
  nodeId: string;
}

/**
 * The trunks of all orgs as this process serves them: their gateways are asked for their health, their accounts are
 * registered, and the status of their numbers follows what they can do. It follows each write of this process at once and
 * those of others within {@link SYNC_INTERVAL_MS}.
 */
export class TrunkRegistry implements TrunkReports {
  readonly #options: TrunkRegistryOptions;
  readonly #watches = new Map<string, TrunkWatch>();
  /** Where calls of the trunks come from, and where they may go. */
  readonly #inbound = new TrunkPlaces();
  readonly #reach = new TrunkPlaces();
  /** One thing after the other, so that an older state never overtakes a newer one. */
  #work: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;
  #leaseTimer: Timer | undefined;
  #isClosed = false;

  constructor(options: TrunkRegistryOptions) {
    this.#options = options;
  }

  /** Begins to serve all trunks; does not wait for them. */
  start(): void {
    this.#syncAgain();
    this.#renewIn(LEASE_RENEWAL_MS);
  }

  /** A credential was written or removed. */
  credentialChanged(id: string): void {
    this.#enqueue(() => this.#refresh(id));
  }

  numberChanged(number: PhoneNumber): void {
    if (number.carrier !== 'trunk') return;
    this.#enqueue(async () => {
      const { credentialId } = number;
      const trunk = credentialId === undefined ? undefined : await this.#options.trunks.find(credentialId);
      await this.#settle(number, trunk);
    });
  }

  /** Resolves when what was told so far has been followed. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** Whether calls of any trunk come from this address. Asked before any state is made, so it asks no store. */
  isGateway(address: string): boolean {
    return this.#inbound.has(address);
  }

  /** Whether calls of this trunk come from this address. */
  isGatewayOf(trunkId: string, address: string): boolean {
    return this.#inbound.trunksAt(address).includes(trunkId);
  }

  /** The trunks whose calls come from this address, each by its id. */
  trunksOf(address: string): string[] {
    return this.#inbound.trunksAt(address);
  }

  /**
   * Whether a gateway of any org's is there: whoever else calls it may reach the telephone network by it. Resolves as of all
   * that was written before.
   */
  async isReachedAt(host: string, addresses: readonly string[]): Promise<boolean> {
    await this.settled();
    return [host.toLowerCase(), ...addresses].some((place) => this.#reach.has(place));
  }

  /** False for a gateway that is known to be down; one that is not asked counts as up. */
  isUp(trunkId: string, gateway: TrunkGateway): boolean {
    return this.#watches.get(trunkId)?.stateOf(gateway) !== 'down';
  }

  countCall(trunkId: string, direction: 'in' | 'out'): void {
    this.#watches.get(trunkId)?.countCall(direction);
  }

  addStranger(trunkId: string, stranger: Stranger): void {
    this.#watches.get(trunkId)?.addStranger(stranger);
  }

  async reportsOf(orgId: string): Promise<TrunkReport[]> {
    await this.settled();
    return [...this.#watches.values()]
      .filter(({ trunk }) => trunk.orgId === orgId)
      .toSorted((one, other) => one.trunk.createdAt - other.trunk.createdAt)
      .map(({ report }) => report);
  }

  async reportOf(orgId: string, id: string): Promise<TrunkReport | undefined> {
    await this.settled();
    const watch = this.#watches.get(id);
    return watch?.trunk.orgId === orgId ? watch.report : undefined;
  }

  /** Every trunk of every org, for the figures. */
  *reports(): Iterable<TrunkReport> {
    for (const { report } of this.#watches.values()) yield report;
  }

  /** Takes the bindings back, as far as the registrars answer in time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    clock.clearTimeout(this.#leaseTimer);
    await this.#work;
    const limit = Promise.withResolvers<void>();
    const timer = clock.setTimeout(limit.resolve, CLOSE_LIMIT_MS);
    await Promise.race([
      Promise.all([...this.#watches.values()].map((watch) => watch.close())),
      limit.promise,
    ]);
    clock.clearTimeout(timer);
    await this.#release([...this.#watches.values()]);
  }

  #syncAgain(): void {
    this.#enqueue(() => this.#sync());
    this.#timer = this.#options.clock.setTimeout(() => this.#syncAgain(), SYNC_INTERVAL_MS);
  }

  #renewIn(delayMs: number): void {
    this.#leaseTimer = this.#options.clock.setTimeout(() => {
      // Whatever keeps the store from answering until the next time.
      const nextAt = this.#options.clock.now() + LEASE_RENEWAL_MS;
      for (const watch of this.#watches.values()) watch.giveUpBefore(nextAt);
      this.#enqueue(() => this.#hold([...this.#watches.keys()]));
      this.#renewIn(LEASE_RENEWAL_MS);
    }, delayMs);
  }

  #enqueue(task: () => Promise<void>): void {
    if (this.#isClosed) return;
    this.#work = this.#work.then(task).catch((error: unknown) => {
      if (!this.#isClosed) this.#options.logger.error({ err: error }, 'trunks could not be followed');
    });
  }

  async #sync(): Promise<void> {
    const { trunks } = this.#options;
    const gone = new Set(this.#watches.keys());
    for (let after: string | undefined; ; ) {
      const stamps = await trunks.stamps(after, STAMPS_AT_ONCE);
      for (const { id, updatedAt } of stamps) {
        gone.delete(id);
        if (this.#isClosed) return;
        if (this.#watches.get(id)?.trunk.updatedAt !== updatedAt) await this.#refresh(id);
      }
      after = stamps.at(-1)?.id;
      if (stamps.length < STAMPS_AT_ONCE) break;
    }
    for (const id of gone) await this.#refresh(id);
  }

  async #refresh(id: string): Promise<void> {
    const trunk = await this.#options.trunks.find(id);
    const watch = this.#watches.get(id);
    if (!trunk && !watch) return;
    if (trunk && watch) watch.update(trunk);
    else if (trunk) this.#watches.set(id, new TrunkWatch(trunk, this.#options, () => this.#index(id)));
    else if (watch) {
      this.#watches.delete(id);
      // The registrar may be slow, and nobody else waits for it.
      void watch.close().then(() => this.#release([watch]));
    }
    this.#index(id);
    await this.#hold([id]);
    for (const number of await this.#options.numbers.findByCredential(id, MAX_NUMBERS))
      await this.#settle(number, trunk);
  }

  #index(id: string): void {
    const watch = this.#watches.get(id);
    this.#inbound.set(id, watch?.inbound ?? []);
    this.#reach.set(id, watch?.reach ?? []);
  }

  /** Says for which trunks this process keeps the binding. Where the store is away all stays as it was while a lease lasts. */
  async #hold(ids: string[]): Promise<void> {
    const { leases, nodeId, clock } = this.#options;
    const watches = ids.flatMap((id) => this.#watches.get(id) ?? []).filter((watch) => watch.hasRegistrar);
    if (watches.length === 0) return;
    const now = clock.now();
    const names = watches.map(({ trunk }) => leaseName(trunk.id));
    const leaseUntil = now + LEASE_MS;
    const held = new Set(await leases.hold(names, nodeId, now, leaseUntil));
    for (const watch of watches) watch.keepBinding(held.has(leaseName(watch.trunk.id)), leaseUntil);
  }

  async #release(watches: TrunkWatch[]): Promise<void> {
    const { leases, nodeId, logger } = this.#options;
    const names = watches.filter((watch) => watch.hasRegistrar).map(({ trunk }) => leaseName(trunk.id));
    try {
      await leases.release(names, nodeId);
    } catch (error) {
      logger.warn({ err: error }, 'leases of trunks could not be given up; they run out by themselves');
    }
  }

  async #settle(number: PhoneNumber, trunk: Trunk | undefined): Promise<void> {
    const { numbers, clock, logger } = this.#options;
    const status = statusOnTrunk(number, trunk);
    if (status === number.status) return;
    // It may have been changed meanwhile: the rule is applied to what is stored now.
    await numbers.update(number.orgId, number.id, (current) => {
      const isSame = current.credentialId === number.credentialId;
      return isSame ? { ...current, status: statusOnTrunk(current, trunk), updatedAt: clock.now() } : current;
    });
    logger.info({ numberId: number.id, status }, 'the status of a number on a trunk changed');
  }
}

function leaseName(trunkId: string): string {
  return `trunk-binding:${trunkId}`;
}
