import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FluentsExchange, openFluentsExchange } from '../../../../test/support/fluents-exchange.ts';

type Json = Record<string, unknown>;

describe('webhooks', () => {
  let exchange: FluentsExchange;
  before(async () => {
    exchange = await openFluentsExchange();
  });
  after(() => exchange.close());

  const send = (path: string, body: Json) => exchange.inject('POST', `/fluents/v1/webhooks/${path}`, body);

  it('are told by POST unless they say GET, and come back as they were made', async () => {
    const body = { url: 'https://a.example/hook', subscriptions: ['event_message'], label: 'Mine' };
    const made = (await send('create', body)).body as Json;
    assert.deepEqual(made, { id: made.id, user_id: exchange.orgId, ...body, method: 'POST' });
    const changed = await send(`update?id=${made.id}`, { method: 'GET', label: null, subscriptions: [] });
    const { label: _, ...rest } = made;
    assert.deepEqual(changed.body, { ...rest, method: 'GET', subscriptions: [] });
    assert.deepEqual((await exchange.inject('GET', `/fluents/v1/webhooks?id=${made.id}`)).body, changed.body);
    assert.equal((await exchange.inject('DELETE', `/fluents/v1/webhooks/delete?id=${made.id}`)).status, 200);
    assert.equal((await exchange.inject('GET', `/fluents/v1/webhooks?id=${made.id}`)).status, 404);
  });

  it('change in every agent that has them', async () => {
    const made = (await send('create', { url: 'https://a.example', subscriptions: ['event_action'] }))
      .body as Json;
    const agent = await exchange.inject('POST', '/fluents/v1/agents/create', { webhook: made.id });
    await send(`update?id=${made.id}`, { url: 'https://b.example' });
    const { id } = agent.body as { id: string };
    const stored = await exchange.storage.agents.get(exchange.orgId, id);
    assert.deepEqual(stored?.webhook, {
      url: 'https://b.example',
      method: 'POST',
      subscriptions: ['event_action'],
    });
  });

  it('without a URL or subscriptions are refused; neither can be unset', async () => {
    const bare = await send('create', {});
    assert.match(bare.text, /subscriptions must be an array, url must be a string/);
    const made = (await send('create', { url: 'https://a.example', subscriptions: [] })).body as Json;
    const unset = await send(`update?id=${made.id}`, { url: null });
    assert.deepEqual([bare.status, unset.status], [400, 400]);
    const unknown = { url: 'https://a.example', subscriptions: ['event_message', 'event_lunch'] };
    assert.deepEqual([(await send('create', unknown)).status, made.subscriptions], [400, []]);
    const all = await send(`update?id=${made.id}`, { subscriptions: ['event_error', 'event_recording'] });
    assert.equal(all.status, 201, all.text);
  });
});
