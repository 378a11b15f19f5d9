import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { until } from '../../../test/support/until.ts';
import type { Delivery, NewDelivery } from '../../domain/deliveries/delivery.ts';
import { ExchangeError } from '../../domain/errors.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { newId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openStorage, type Storage } from '../../storage/open-storage.ts';
import type { DeliveryReply, DeliverySender } from './delivery-sender.ts';
import { FAILURES_BEFORE_PAUSE, FIRST_PAUSE_MS } from './endpoint-health.ts';
import { DEAD_KEPT_MS, DELIVERED_KEPT_MS, Outbox } from './outbox.ts';
import { FAILING_AFTER, MAX_SENDING_PER_ENDPOINT } from './sending-slots.ts';

const ORG = 'org-1';
const GOOD = 'https://good.example/';
const BAD = 'https://bad.example/';
const SILENT = 'https://silent.example/';
const MINUTE_MS = 60_000;

/** Customers' servers as each test wants them. */
class FakeSender implements DeliverySender {
  readonly sent: { id: string; url: string; at: number }[] = [];
  readonly waiting = new Set<string>();
  mostWaiting = 0;
  answer: (delivery: Delivery) => Promise<DeliveryReply> | DeliveryReply = () => ({ status: 200 });
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  async send(delivery: Delivery): Promise<DeliveryReply> {
    const { url } = delivery.server;
    this.sent.push({ id: delivery.id, url, at: this.#clock.now() });
    this.waiting.add(delivery.id);
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting.size);
    try {
      // A silent server is one that also does not notice that it was given up.
      return await (url === SILENT ? new Promise<never>(() => {}) : this.answer(delivery));
    } finally {
      this.waiting.delete(delivery.id);
    }
  }

  idsTo(url: string): string[] {
    return this.sent.filter((each) => each.url === url).map(({ id }) => id);
  }
}

let clock: FakeClock;
let storage: Storage;
let sender: FakeSender;
let outbox: Outbox;

function newOutbox(): Outbox {
  const { deliveries, orgs } = storage;
  return new Outbox({
    deliveries,
    orgs,
    sender,
    owner: 'node-1',
    clock,
    logger: silentLogger,
    random: () => 0,
  });
}

function aDelivery(fields: Partial<NewDelivery> = {}): NewDelivery {
  const id = newId();
  return {
    id,
    orgId: ORG,
    streamId: id,
    type: 'status-update',
    server: { url: GOOD },
    body: '{}',
    createdAt: clock.now(),
    ...fields,
  };
}

const stateOf = (id: string) => storage.deliveries.get(ORG, id);
const settled = (id: string) =>
  until('it is settled', async () => {
    const delivery = await stateOf(id);
    return delivery && delivery.status !== 'pending' && delivery;
  });
const attempted = (id: string, count: number) =>
  until(`${count} attempts`, async () => {
    const delivery = await stateOf(id);
    return delivery?.attempts.length === count && delivery;
  });

beforeEach(async () => {
  clock = new FakeClock();
  storage = await openStorage({ dataDir: ':memory:', clock, logger: silentLogger });
  await storage.orgs.insertOrg({ id: ORG, name: 'Org', createdAt: 0 });
  sender = new FakeSender(clock);
  outbox = newOutbox();
  await outbox.start();
});
/** The clock stands still, so somebody must let the time be over. */
function stopNow(which: Outbox): Promise<void> {
  const stopping = which.stop(0);
  clock.advance(0);
  return stopping;
}

afterEach(async () => {
  await stopNow(outbox);
  await storage.close();
});

test('what is written is sent without being asked for', async () => {
  const delivery = aDelivery();
  await storage.deliveries.insert([delivery]);
  const done = await settled(delivery.id);
  assert.equal(done.status, 'delivered');
  assert.deepEqual(done.attempts, [{ at: clock.now(), durationMs: 0, status: 200 }]);
  assert.equal(done.deliveredAt, clock.now());
});

test('one stream arrives in order, the next only after the one before was answered', async () => {
  const stream = Array.from({ length: 20 }, () => aDelivery({ streamId: 'call' }));
  await storage.deliveries.insert(stream);
  await settled(stream.at(-1)?.id ?? '');
  assert.deepEqual(
    sender.idsTo(GOOD),
    stream.map(({ id }) => id),
  );
  assert.equal(sender.mostWaiting, 1);
});

test('the store is asked only for what may be claimed, and for the rest once there is room', async (t) => {
  const gate = Promise.withResolvers<void>();
  sender.answer = async () => {
    await gate.promise;
    return { status: 200 };
  };
  const taken = Array.from({ length: MAX_SENDING_PER_ENDPOINT }, () => aDelivery());
  await storage.deliveries.insert(taken);
  await until('all places are taken', () => sender.waiting.size === taken.length);
  const claims = t.mock.method(storage.deliveries, 'claim').mock;
  const [behind, beside] = [aDelivery({ streamId: taken[0]?.streamId ?? '' }), aDelivery()];
  await storage.deliveries.insert([behind]);
  await storage.deliveries.insert([beside]);
  assert.equal(claims.callCount(), 0);
  await storage.deliveries.insert([aDelivery({ server: { url: SILENT } })]);
  assert.equal(claims.callCount(), 1, 'another endpoint has room');
  gate.resolve();
  assert.equal((await settled(behind.id)).status, 'delivered');
  assert.equal((await settled(beside.id)).status, 'delivered');
});

test('a failed one is tried as its backoffPlan says, and holds back those behind it', async () => {
  sender.answer = () => ({ status: sender.sent.length < 3 ? 500 : 204 });
  const backoffPlan = { type: 'exponential', maxRetries: 5, baseDelaySeconds: 3 } as const;
  const server = { url: GOOD, backoffPlan };
  const [first, second] = [aDelivery({ streamId: 'call', server }), aDelivery({ streamId: 'call', server })];
  const startedAt = clock.now();
  await storage.deliveries.insert([first, second]);
  const failed = await attempted(first.id, 1);
  assert.equal(failed.nextAttemptAt, startedAt + 3_000);
  clock.advance(3_000);
  assert.equal((await attempted(first.id, 2)).nextAttemptAt, startedAt + 9_000);
  clock.advance(6_000);
  await settled(second.id);
  assert.deepEqual(
    sender.sent.map(({ id, at }) => [id, at - startedAt]),
    [
      [first.id, 0],
      [first.id, 3_000],
      [first.id, 9_000],
      [second.id, 9_000],
    ],
  );
});

test('without a plan a failure is the end, and the next of the stream is sent', async () => {
  sender.answer = ({ id }) => ({ status: id === first.id ? 500 : 200 });
  const [first, second] = [aDelivery({ streamId: 'call' }), aDelivery({ streamId: 'call' })];
  await storage.deliveries.insert([first, second]);
  assert.equal((await settled(second.id)).status, 'delivered');
  assert.equal((await stateOf(first.id))?.status, 'dead');
});

test('an org that wants durable retries gets them, and Retry-After lengthens them', async () => {
  await storage.orgs.updateOrg(ORG, (org) => ({ ...org, durableRetries: true }));
  sender.answer = () => ({ status: 503, retryAfter: '60' });
  const delivery = aDelivery();
  await storage.deliveries.insert([delivery]);
  assert.equal((await attempted(delivery.id, 1)).nextAttemptAt, clock.now() + MINUTE_MS);
  clock.advance(MINUTE_MS);
  assert.equal((await attempted(delivery.id, 2)).nextAttemptAt, clock.now() + 5 * MINUTE_MS);
});

test('an error of the connection is kept with the attempt', async () => {
  sender.answer = () => {
    throw new Error('connect ECONNREFUSED');
  };
  const delivery = aDelivery();
  await storage.deliveries.insert([delivery]);
  assert.deepEqual((await settled(delivery.id)).attempts, [
    { at: clock.now(), durationMs: 0, error: 'connect ECONNREFUSED' },
  ]);
  const [endpoint] = await storage.deliveries.endpoints(ORG);
  assert.equal(endpoint?.lastError, 'connect ECONNREFUSED');
});

test('a server that never answers is given up after its own time, else after 20 s', async () => {
  const [own, usual] = [
    aDelivery({ server: { url: SILENT, timeoutSeconds: 2 } }),
    aDelivery({ server: { url: SILENT } }),
  ];
  await storage.deliveries.insert([own, usual]);
  await until('both are under way', () => sender.sent.length === 2);
  clock.advance(2_000);
  assert.equal((await settled(own.id)).attempts[0]?.error, 'no answer within 2 s');
  assert.equal((await stateOf(usual.id))?.status, 'pending');
  clock.advance(18_000);
  assert.equal((await settled(usual.id)).attempts[0]?.durationMs, 20_000);
});

test('a silent endpoint with a thousand streams slows no other one', async () => {
  await storage.deliveries.insert(
    Array.from({ length: 1_000 }, () => aDelivery({ server: { url: SILENT } })),
  );
  await until('its places are full', () => sender.idsTo(SILENT).length > MAX_SENDING_PER_ENDPOINT / 2);
  const good = Array.from({ length: 200 }, () => aDelivery());
  await storage.deliveries.insert(good);
  // The clock stands still: whatever waited for the silent one would wait for ever.
  for (const { id } of good) assert.equal((await settled(id)).status, 'delivered');
  assert.ok(sender.idsTo(SILENT).length <= MAX_SENDING_PER_ENDPOINT);
});

test('an endpoint that fails again and again is tried with one delivery at a time until it answers', async () => {
  let isUp = false;
  let most = 0;
  sender.answer = async ({ server }) => {
    if (server.url !== BAD || isUp) return { status: 200 };
    const under = sender.waiting.size;
    await new Promise((resolve) => setImmediate(resolve));
    if (sender.sent.length > 2 * MAX_SENDING_PER_ENDPOINT) most = Math.max(most, under);
    return { status: 500 };
  };
  const backoffPlan = { type: 'fixed', maxRetries: 10, baseDelaySeconds: 1 } as const;
  const bad = Array.from({ length: 3 * FAILING_AFTER }, () =>
    aDelivery({ server: { url: BAD, backoffPlan } }),
  );
  await storage.deliveries.insert(bad);
  for (const { id } of bad) await attempted(id, 1);
  sender.sent.length = 0;
  clock.advance(1_000);
  for (const { id } of bad) await attempted(id, 2);
  assert.ok(most <= 1, `${most} at once`);
  isUp = true;
  clock.advance(1_000);
  for (const { id } of bad) assert.equal((await settled(id)).status, 'delivered');
});

test('after long failure an endpoint is left alone; nothing of it is tried and nothing lost', async () => {
  let isUp = false;
  sender.answer = ({ server }) => ({ status: server.url === BAD && !isUp ? 500 : 200 });
  const fail = async () => {
    const delivery = aDelivery({ server: { url: BAD } });
    await storage.deliveries.insert([delivery]);
    await settled(delivery.id);
  };
  for (let count = 0; count < FAILURES_BEFORE_PAUSE; count += 1) {
    await fail();
    clock.advance(4 * MINUTE_MS);
  }
  const [endpoint] = await storage.deliveries.endpoints(ORG);
  assert.ok(endpoint?.pausedUntil);
  const tried = sender.sent.length;
  const [waiting, elsewhere] = [aDelivery({ server: { url: BAD } }), aDelivery()];
  await storage.deliveries.insert([waiting, elsewhere]);
  await settled(elsewhere.id);
  assert.equal(sender.sent.length, tried + 1);
  isUp = true;
  clock.advance(FIRST_PAUSE_MS);
  await until('the pause is over and the poll has come round', async () => {
    clock.advance(1_000);
    return (await stateOf(waiting.id))?.status === 'delivered';
  });
  const cured = (await storage.deliveries.endpoints(ORG)).find(({ url }) => url === BAD);
  assert.deepEqual([cured?.consecutiveFailures, cured?.pausedUntil], [0, undefined]);
});

test('a stop lets what is under way end, takes up nothing more and gives back the rest', async () => {
  const gate = Promise.withResolvers<void>();
  sender.answer = async () => {
    await gate.promise;
    return { status: 200 };
  };
  const [slow, silent] = [aDelivery(), aDelivery({ server: { url: SILENT } })];
  await storage.deliveries.insert([slow, silent]);
  await until('both are under way', () => sender.sent.length === 2);
  const stopping = outbox.stop(5_000);
  const late = aDelivery();
  await storage.deliveries.insert([late]);
  gate.resolve();
  await settled(slow.id);
  clock.advance(5_000);
  await stopping;
  const given = await stateOf(silent.id);
  assert.deepEqual([given?.attempts, given?.nextAttemptAt], [[], clock.now()]);
  assert.deepEqual((await stateOf(late.id))?.attempts, []);
  assert.equal(sender.sent.length, 2);
});

test('what a process that died had under way is sent by the next one at once, under the same id', async () => {
  const silent = aDelivery({ server: { url: SILENT } });
  await storage.deliveries.insert([silent]);
  await until('it is under way', () => sender.sent.length === 1);
  const next = newOutbox();
  await next.start();
  await until('it is sent again', () => sender.sent.length === 2);
  assert.deepEqual(sender.idsTo(SILENT), [silent.id, silent.id]);
  await stopNow(next);
});

test('a long answer keeps its lease: no other process sends it meanwhile', async () => {
  const silent = aDelivery({ server: { url: SILENT, timeoutSeconds: 300 } });
  await storage.deliveries.insert([silent]);
  await until('it is under way', () => sender.sent.length === 1);
  const { deliveries, orgs } = storage;
  const other = new Outbox({ deliveries, orgs, sender, owner: 'node-2', clock, logger: silentLogger });
  await other.start();
  for (let step = 0; step < 12; step += 1) {
    clock.advance(20_000);
    await storage.ping();
  }
  const probe = aDelivery();
  await storage.deliveries.insert([probe]);
  await settled(probe.id);
  assert.equal(sender.idsTo(SILENT).length, 1);
  await stopNow(other);
});

test('attempts that the store would not take are written down when it is back', async (t) => {
  const failure = new ExchangeError('storage-failed', 'The disk is full.');
  let failures = 0;
  const settle = storage.deliveries.settle.bind(storage.deliveries);
  t.mock.method(storage.deliveries, 'settle', async (...args: Parameters<typeof settle>) => {
    failures += 1;
    if (failures <= 2) throw failure;
    return settle(...args);
  });
  const delivery = aDelivery();
  await storage.deliveries.insert([delivery]);
  await until('it failed once', () => failures === 1);
  clock.advance(1_000);
  await until('it failed twice', () => failures === 2);
  clock.advance(1_000);
  assert.equal((await settled(delivery.id)).status, 'delivered');
  assert.equal(sender.sent.length, 1, 'it was not sent a second time');
});

test('a replayed delivery has all its tries anew', async () => {
  sender.answer = () => ({ status: 500 });
  const server = { url: GOOD, backoffPlan: { type: 'fixed', maxRetries: 1, baseDelaySeconds: 1 } as const };
  const delivery = aDelivery({ server });
  await storage.deliveries.insert([delivery]);
  await attempted(delivery.id, 1);
  clock.advance(1_000);
  assert.equal((await settled(delivery.id)).status, 'dead');
  clock.advance(1_000);
  await storage.deliveries.replay(ORG, delivery.id, clock.now());
  assert.equal((await attempted(delivery.id, 3)).status, 'pending');
  clock.advance(1_000);
  assert.equal((await attempted(delivery.id, 4)).status, 'dead');
});

test('settled deliveries are deleted when their time is over', async () => {
  sender.answer = ({ server }) => ({ status: server.url === BAD ? 500 : 200 });
  const [good, bad] = [aDelivery(), aDelivery({ server: { url: BAD } })];
  await storage.deliveries.insert([good, bad]);
  for (const { id } of [good, bad]) await settled(id);
  const gone = (id: string) => async () => (await stateOf(id)) === undefined;
  const begunAt = clock.now();
  // A round begins only when the one before has ended.
  const day = async (isOver: () => Promise<boolean>) => {
    clock.advance(86_400_000);
    return isOver();
  };
  await until('the delivered one is gone', () => day(gone(good.id)));
  assert.ok(clock.now() - begunAt > DELIVERED_KEPT_MS);
  assert.equal((await stateOf(bad.id))?.status, 'dead');
  await until('the dead one is gone', () => day(gone(bad.id)));
  assert.ok(clock.now() - begunAt > DEAD_KEPT_MS);
});
