import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../../test/support/sample-call.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

describe('/admin/keys', () => {
  it('makes a key that is shown once, works at once and ends at once', async () => {
    const made = await exchange.inject('POST', '/admin/keys', { name: 'ci', dialect: 'vapi' });
    assert.equal(made.status, 201);
    const { key, ...shown } = made.body as Json & { key: string; id: string };
    assert.equal(shown.name, 'ci');
    assert.equal(shown.dialect, 'vapi');
    assert.ok(key.startsWith(String(shown.prefix)));

    const listed = await exchange.inject('GET', '/admin/keys', undefined, { key });
    assert.equal(listed.status, 200);
    assert.equal(listed.text.includes(key), false);
    assert.deepEqual(
      (listed.body as Json[]).find(({ id }) => id === shown.id),
      shown,
    );

    const revoked = await exchange.inject('DELETE', `/admin/keys/${shown.id}`);
    assert.deepEqual(revoked.body, { ...shown, revokedAt: new Date(exchange.clock.now()).toISOString() });
    const after = await exchange.inject('GET', '/admin/keys', undefined, { key });
    assert.equal(after.status, 401);
    assert.deepEqual(after.body, {
      error: { code: 'key-invalid', message: 'The key is unknown or was revoked.' },
    });
  });

  it('refuses what it does not know, naming the field', async () => {
    const wrong = await exchange.inject('POST', '/admin/keys', { dialect: 'latin' });
    assert.equal(wrong.status, 400);
    assert.equal((wrong.body as { error: Json }).error.field, 'dialect');
    assert.equal((await exchange.inject('POST', '/admin/keys', { foo: 1 })).status, 400);
    const gone = await exchange.inject('DELETE', `/admin/keys/${exchange.orgId}`);
    assert.deepEqual(gone.body, { error: { code: 'not-found', message: 'There is no such key.' } });
  });
});

describe('/admin/org', () => {
  it('is the org of the key', async () => {
    const { body } = await exchange.inject('GET', '/admin/org');
    assert.deepEqual(body, {
      id: exchange.orgId,
      name: 'Test',
      usage: { outboundMinutesToday: 0 },
      createdAt: new Date(exchange.clock.now()).toISOString(),
    });
  });
});

describe('/admin/calls/{id}/timeline', () => {
  it('shows every event in order', async () => {
    const at = exchange.clock.now();
    const call = liveCall(exchange.orgId, at);
    await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at, { from: 'sip:a@b' })]);
    await exchange.storage.calls.record(call.orgId, call.id, [eventOf(call, 'call.answered', at + 5)]);
    const { body } = await exchange.inject('GET', `/admin/calls/${call.id}/timeline`);
    assert.deepEqual(body, {
      callId: call.id,
      status: 'in-progress',
      events: [
        { seq: 1, type: 'call.ringing', at: new Date(at).toISOString(), data: { from: 'sip:a@b' } },
        { seq: 2, type: 'call.answered', at: new Date(at + 5).toISOString(), data: {} },
      ],
    });
  });
});
