import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Shown = Record<'id' | 'prefix' | 'createdAt', string> & { expiresAt?: string; secret?: string };

const PATH = '/admin/org/signing-secrets';

describe(PATH, () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  const make = async (body: object = {}) => (await exchange.inject('POST', PATH, body)).body as Shown;
  const list = async () => (await exchange.inject('GET', PATH)).body as Shown[];
  const after24h = () => new Date(exchange.clock.now() + 86_400_000).toISOString();

  it('makes one, shows it once, and lets the one before it sign for a day more', async () => {
    assert.deepEqual(await list(), []);
    const { secret: first, ...older } = await make();
    assert.match(first ?? '', /^whsec_/);
    assert.ok(first?.startsWith(older.prefix));
    const { secret: second, ...newer } = await make();
    assert.notEqual(second, first);
    const { body, text } = await exchange.inject('GET', PATH);
    assert.deepEqual(body, [newer, { ...older, expiresAt: after24h() }]);
    for (const secret of [first, second]) assert.ok(!text.includes(secret ?? ''));
    const stored = (await exchange.storage.orgs.getOrg(exchange.orgId))?.signingSecrets ?? [];
    assert.deepEqual(
      stored.map(({ secret }) => secret.reveal()),
      [second, first],
    );
  });

  it('ends the others at once where no grace is asked for, and refuses a grace without end', async () => {
    const { secret: _, ...only } = await make({ gracePeriodSeconds: 0 });
    assert.deepEqual(await list(), [only]);
    for (const gracePeriodSeconds of [-1, 1.5, 1e9, '60'])
      assert.equal((await exchange.inject('POST', PATH, { gracePeriodSeconds })).status, 400);
  });

  it('deletes one, but not the last that lasts, nor one of another org', async () => {
    const [old] = await list();
    await make();
    const foreign = await exchange.inject('DELETE', `${PATH}/${old?.id}`, undefined, {
      key: exchange.otherKey,
    });
    assert.equal(foreign.status, 404);
    const deleted = await exchange.inject('DELETE', `${PATH}/${old?.id}`);
    assert.deepEqual(deleted.body, { ...old, expiresAt: after24h() });
    const [last, ...none] = await list();
    assert.deepEqual(none, []);
    assert.equal((await exchange.inject('DELETE', `${PATH}/${last?.id}`)).status, 400);
    assert.equal((await exchange.inject('DELETE', `${PATH}/${old?.id}`)).status, 404);
    assert.equal((await exchange.inject('DELETE', `${PATH}/nonsense`)).status, 400);
  });
});
