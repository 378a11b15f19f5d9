import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import type { NewDelivery } from '../../../domain/deliveries/delivery.ts';
import type { EndpointHealth, Settlement } from '../../../domain/deliveries/delivery-repository.ts';
import { newId } from '../../../lib/ids.ts';
import { Secret } from '../../../lib/secret.ts';

type Json = Record<string, unknown>;
interface Page {
  items: (Json & { id: string })[];
  nextCursor?: number;
}

const URL_A = 'https://a.example/hook';
const URL_B = 'https://b.example/hook';

let exchange: HttpExchange;
let made: NewDelivery[];

/** Writes three messages; the first is delivered, the second dead, the third waits behind a paused endpoint. */
before(async () => {
  exchange = await openHttpExchange();
  const now = exchange.clock.now();
  const delivery = (url: string, type: string): NewDelivery => ({
    id: newId(now),
    orgId: exchange.orgId,
    streamId: newId(now),
    callId: 'call-1',
    type,
    server: { url, secret: new Secret('shared-with-them') },
    body: '{"message":{"type":"x"}}',
    createdAt: now,
  });
  made = [delivery(URL_A, 'hang'), delivery(URL_B, 'hang'), delivery(URL_B, 'status-update')];
  const { deliveries } = exchange.storage;
  await deliveries.insert(made.slice(0, 2));
  const claimed = await deliveries.claim({ owner: 'n', now, until: now, limit: 9, perEndpoint: 9 });
  const settlements = claimed.map(({ delivery: { seq, server } }): Settlement => {
    const isGood = server.url === URL_A;
    return {
      seq,
      attempt: { at: now, durationMs: 7, ...(isGood ? { status: 200 } : { error: 'no answer within 20 s' }) },
      outcome: { status: isGood ? 'delivered' : 'dead' },
    };
  });
  const health = (current: EndpointHealth) =>
    current.url === URL_A
      ? { ...current, lastSuccessAt: now }
      : {
          ...current,
          consecutiveFailures: 20,
          firstFailureAt: now,
          lastError: 'HTTP 500',
          pausedUntil: now + 900_000,
        };
  await deliveries.settle(settlements, { owner: 'n', now, until: now }, health);
  await deliveries.insert(made.slice(2));
});
after(() => exchange.close());

const at = () => new Date(exchange.clock.now()).toISOString();
const list = async (query: string) => {
  const { status, body } = await exchange.inject('GET', `/admin/deliveries${query}`);
  assert.equal(status, 200);
  return body as Page;
};
const idsOf = ({ items }: Page) => items.map(({ id }) => made.findIndex((delivery) => delivery.id === id));

describe('/admin/deliveries', () => {
  it('lists the newest first, by page', async () => {
    const first = await list('?limit=2');
    assert.deepEqual(idsOf(first), [2, 1]);
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    assert.deepEqual([idsOf(second), second.nextCursor], [[0], undefined]);
  });

  it('lists by status, type, call and endpoint', async () => {
    assert.deepEqual(idsOf(await list('?status=dead')), [1]);
    assert.deepEqual(idsOf(await list('?type=hang')), [1, 0]);
    assert.deepEqual(idsOf(await list('?callId=call-1&type=status-update')), [2]);
    assert.deepEqual(idsOf(await list('?callId=call-2')), []);
    assert.deepEqual(idsOf(await list(`?endpoint=${encodeURIComponent(URL_A)}`)), [0]);
  });

  it('refuses what it does not know, naming the field', async () => {
    for (const [query, field] of [
      ['status=lost', 'status'],
      ['limit=0', 'limit'],
      ['limit=5000', 'limit'],
      ['cursor=-1', 'cursor'],
      ['endpoint=ftp://x', 'endpoint'],
    ]) {
      const { status, body } = await exchange.inject('GET', `/admin/deliveries?${query}`);
      assert.equal(status, 400, query);
      assert.equal((body as { error: Json }).error.field, field);
    }
    assert.equal((await exchange.inject('GET', '/admin/deliveries?order=up')).status, 400);
  });

  it('shows one with its body and attempts, and no secret of the server', async () => {
    const { body, text } = await exchange.inject('GET', `/admin/deliveries/${made[1]?.id}`);
    assert.deepEqual(body, {
      id: made[1]?.id,
      callId: 'call-1',
      type: 'hang',
      endpoint: URL_B,
      status: 'dead',
      attemptCount: 1,
      createdAt: at(),
      attempts: [{ at: at(), durationMs: 7, error: 'no answer within 20 s' }],
      body: '{"message":{"type":"x"}}',
    });
    assert.ok(!text.includes('shared-with-them'));
  });

  it('keeps the messages of an org to itself', async () => {
    const other = { key: exchange.otherKey };
    for (const [method, path] of [
      ['GET', `/admin/deliveries/${made[0]?.id}`],
      ['POST', `/admin/deliveries/${made[0]?.id}/replay`],
    ] as const)
      assert.equal((await exchange.inject(method, path, undefined, other)).status, 404);
    const replayed = await exchange.inject('POST', '/admin/deliveries/replay', { status: 'dead' }, other);
    assert.deepEqual(replayed.body, { replayed: 0 });
    const { body } = await exchange.inject('GET', '/admin/deliveries', undefined, other);
    assert.deepEqual(body, { items: [] });
    assert.deepEqual((await exchange.inject('GET', '/admin/endpoints', undefined, other)).body, []);
    const resumed = await exchange.inject('POST', '/admin/endpoints/resume', { url: URL_B }, other);
    assert.equal(resumed.status, 404);
  });

  it('sends one again, and tells the outbox', async () => {
    let told = 0;
    const forget = exchange.storage.deliveries.fellDue.on((endpoints) => {
      told += endpoints.length;
    });
    const { status, body } = await exchange.inject('POST', `/admin/deliveries/${made[0]?.id}/replay`);
    forget();
    assert.equal(status, 200);
    const replayed = body as Json;
    assert.deepEqual([replayed.status, replayed.replayedAt, replayed.nextAttemptAt], ['pending', at(), at()]);
    assert.equal(told, 1);
  });

  it('sends many again by a filter', async () => {
    const replay = async (body: object) =>
      (await exchange.inject('POST', '/admin/deliveries/replay', body)).body;
    const since = new Date(exchange.clock.now() + 1).toISOString();
    assert.deepEqual(await replay({ status: 'dead', since }), { replayed: 0 });
    assert.deepEqual(await replay({ status: 'dead', endpoint: URL_A }), { replayed: 0 });
    assert.deepEqual(await replay({ status: 'dead', endpoint: URL_B, type: 'hang', since: at() }), {
      replayed: 1,
    });
    assert.deepEqual(idsOf(await list('?status=dead')), []);
    assert.equal((await exchange.inject('POST', '/admin/deliveries/replay', {})).status, 400);
    const pending = await exchange.inject('POST', '/admin/deliveries/replay', { status: 'pending' });
    assert.equal(pending.status, 400);
  });
});

describe('/admin/endpoints', () => {
  const paused = () => ({
    url: URL_B,
    pending: 2,
    consecutiveFailures: 20,
    firstFailureAt: at(),
    pausedUntil: new Date(exchange.clock.now() + 900_000).toISOString(),
    lastError: 'HTTP 500',
  });

  it('shows the health of each and what waits for it', async () => {
    const { body } = await exchange.inject('GET', '/admin/endpoints');
    assert.deepEqual(body, [
      { url: URL_A, pending: 1, consecutiveFailures: 0, lastSuccessAt: at() },
      paused(),
    ]);
  });

  it('ends a pause', async () => {
    const { pausedUntil: _, ...resumed } = paused();
    const { body } = await exchange.inject('POST', '/admin/endpoints/resume', { url: URL_B });
    assert.deepEqual(body, resumed);
    const unknown = await exchange.inject('POST', '/admin/endpoints/resume', { url: 'https://c.example/' });
    assert.equal(unknown.status, 404);
  });
});
