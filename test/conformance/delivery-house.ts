import { after, before, beforeEach } from 'node:test';
import type { Delivery, NewDelivery } from '../../src/domain/deliveries/delivery.ts';
import type {
  ClaimedDelivery,
  ClaimQuery,
  EndpointHealth,
  Settlement,
} from '../../src/domain/deliveries/delivery-repository.ts';
import { newId } from '../../src/lib/ids.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import type { StorageHouse } from './storage-houses.ts';
import { ORG } from './storage-samples.ts';

export const NOW = 1_700_000_000_000;
export const LEASE_MS = 60_000;

export const delivered = { status: 'delivered' } as const;
export const dead = { status: 'dead' } as const;

export function aDelivery(fields: Partial<NewDelivery> = {}): NewDelivery {
  const id = newId();
  return {
    id,
    orgId: ORG,
    streamId: `stream-${id}`,
    type: 'status-update',
    server: { url: 'https://customer.example/hook' },
    body: '{"message":{}}',
    createdAt: NOW,
    ...fields,
  };
}

const unchanged = (health: EndpointHealth) => health;

/** A store for the deliveries of one suite; each test begins with nothing that waits. To be called within `describe`. */
export function deliveryHouse(openHouse: () => Promise<StorageHouse>) {
  let house: StorageHouse;
  let storage: Storage;

  const claim = (fields: Partial<ClaimQuery> = {}): Promise<ClaimedDelivery[]> =>
    storage.deliveries.claim({
      owner: 'node-1',
      until: NOW + LEASE_MS,
      now: NOW,
      limit: 1_000,
      perEndpoint: 1_000,
      ...fields,
    });
  const settle = (
    outcome: Settlement['outcome'],
    deliveries: Delivery[],
    { owner = 'node-1', now = NOW, health = unchanged, leaseNext = false } = {},
  ) =>
    storage.deliveries.settle(
      deliveries.map(({ seq }) => ({
        seq,
        outcome,
        leaseNext,
        attempt: { at: now, durationMs: 5, status: 200 },
      })),
      { owner, now, until: now + LEASE_MS },
      health,
    );

  before(async () => {
    house = await openHouse();
    storage = await house.open();
  });

  after(async () => {
    await storage?.close();
    await house?.stop();
  });

  beforeEach(async () => {
    await storage.deliveries.release('node-1', 0);
    await storage.deliveries.release('node-2', 0);
    for (;;) {
      const left = await claim({ now: Number.MAX_SAFE_INTEGER, until: Number.MAX_SAFE_INTEGER });
      if (left.length === 0) break;
      await settle(
        delivered,
        left.map(({ delivery }) => delivery),
      );
    }
  });

  return {
    get storage() {
      return storage;
    },
    claim,
    settle,
    claimedIds: async (fields: Partial<ClaimQuery> = {}) =>
      (await claim(fields)).map(({ delivery }) => delivery.id),
    /** The store of another process. */
    openSecond: () => house.open(),
  };
}
