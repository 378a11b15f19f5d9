import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { newId } from '../../../lib/ids.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;

async function patch(body: object) {
  const reply = await exchange.inject('PATCH', '/admin/org', body);
  return { ...reply, body: reply.body as Json };
}
const show = async () => (await exchange.inject('GET', '/admin/org')).body as Json;

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

const SETTINGS = {
  server: {
    url: 'https://org.example',
    timeoutSeconds: 5,
    headers: { 'x-team': 'a' },
    backoffPlan: { type: 'exponential', maxRetries: 3, baseDelaySeconds: 1, excludedStatusCodes: [400] },
  },
  concurrencyLimit: 10,
  queue: { maxCalls: 5, maxWaitSeconds: 60 },
  holdSound: 'music',
  ringDelayMs: 1500,
  durableRetries: true,
  outbound: { allowedPrefixes: ['+49', '118'], homeCountry: 'DE', dailyMinutes: 60, killSwitch: false },
};

it('an org keeps its settings, and shows them unset as absent', async () => {
  assert.deepEqual(Object.keys(await show()).sort(), ['createdAt', 'id', 'name', 'usage']);
  const changed = await patch({ ...SETTINGS, name: 'Bakery' });
  assert.equal(changed.status, 200, changed.text);
  const { id, createdAt, updatedAt, usage: _, ...kept } = changed.body;
  assert.deepEqual(kept, { ...SETTINGS, name: 'Bakery' });
  assert.deepEqual(await show(), changed.body);
  const org = await exchange.storage.orgs.getOrg(exchange.orgId);
  assert.deepEqual(org?.queue, SETTINGS.queue);
  assert.equal(org?.server?.backoffPlan?.maxRetries, 3);
});

it('what is given replaces, null unsets, all else stays', async () => {
  await patch(SETTINGS);
  const { body } = await patch({ queue: null, holdSound: null, concurrencyLimit: 20 });
  assert.equal('queue' in body || 'holdSound' in body, false);
  assert.deepEqual([body.concurrencyLimit, body.ringDelayMs], [20, 1500]);
});

it("the server's secret is kept and never shown", async () => {
  const made = await patch({ server: { url: 'https://org.example', secret: 'hush' } });
  assert.equal(made.text.includes('hush'), false);
  const returned = await patch({ server: made.body.server });
  assert.equal(returned.status, 200);
  const org = await exchange.storage.orgs.getOrg(exchange.orgId);
  assert.equal(org?.server?.secret?.reveal(), 'hush');
  assert.equal(JSON.stringify(await show()).includes('hush'), false);
});

it('an org of another key stays as it is', async () => {
  await patch({ name: 'Bakery' });
  const other = await exchange.inject('GET', '/admin/org', undefined, { key: exchange.otherKey });
  assert.equal((other.body as Json).name, 'Test');
});

it('an org sees the minutes that its calls have begun today, and those of no other', async () => {
  const today = new Date(exchange.clock.now()).toISOString().slice(0, 10);
  await exchange.storage.dialUsage.addMinutes(exchange.orgId, today, 7);
  await exchange.storage.dialUsage.addMinutes(exchange.orgId, '2001-01-01', 100);
  assert.deepEqual((await show()).usage, { outboundMinutesToday: 7 });
  const other = await exchange.inject('GET', '/admin/org', undefined, { key: exchange.otherKey });
  assert.deepEqual((other.body as Json).usage, { outboundMinutesToday: 0 });
});

const REFUSED: [object, string][] = [
  [{ concurrencyLimit: 0 }, 'concurrencyLimit'],
  [{ concurrencyLimit: 1.5 }, 'concurrencyLimit'],
  [{ queue: { maxCalls: 5 } }, 'queue.maxWaitSeconds'],
  [{ holdSound: 'loud' }, 'holdSound'],
  [{ ringDelayMs: 60_001 }, 'ringDelayMs'],
  [{ name: null }, 'name'],
  [{ outbound: { allowedPrefixes: ['49 30'] } }, 'outbound.allowedPrefixes.0'],
  [{ outbound: { homeCountry: 'XX' } }, 'outbound.homeCountry'],
  [{ server: { url: 'ftp://org.example' } }, 'server.url'],
  [{ server: { headers: { a: 'b\r\nc: d' } } }, 'server.headers.a'],
  [{ server: { url: 'https://org.example', credentialId: newId() } }, 'server.credentialId'],
];

for (const [body, field] of REFUSED) {
  it(`${JSON.stringify(body)} is refused, naming ${field}`, async () => {
    const refused = await patch(body);
    assert.equal(refused.status, 400, refused.text);
    assert.equal((refused.body.error as Json).field, field);
  });
}

it('unknown settings are refused', async () => {
  assert.equal((await patch({ signingSecrets: [] })).status, 400);
});
