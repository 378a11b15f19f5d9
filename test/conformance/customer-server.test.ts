import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type CustomerServer, startCustomerServer } from '../support/customer-server.ts';

describe('customer server', () => {
  let customer: CustomerServer;
  const post = (body: unknown, path = '/', init: RequestInit = {}) =>
    fetch(`${customer.url}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      redirect: 'manual',
      ...init,
    });
  const message = (type: string, more: object = {}) => ({ message: { type, ...more } });

  before(async () => {
    customer = await startCustomerServer({ 'assistant-request': { json: { assistantId: 'a1' } } });
  });
  beforeEach(() => customer.answer('*', { json: {} }));
  after(() => customer.close());

  it('records what was posted and answers by message type', async () => {
    const reply = await post(message('assistant-request', { call: { id: 'c1' } }), '/hook?x=1', {
      headers: { 'x-vapi-secret': 's' },
    });
    assert.deepEqual(await reply.json(), { assistantId: 'a1' });
    const request = await customer.next('assistant-request');
    assert.equal(request.path, '/hook?x=1');
    assert.equal(request.headers['x-vapi-secret'], 's');
    assert.deepEqual(request.message?.call, { id: 'c1' });
    assert.deepEqual(JSON.parse(request.body), message('assistant-request', { call: { id: 'c1' } }));
  });

  it('answers by path before type, uses a list up and keeps its last answer', async () => {
    customer.answer('/tools', [{ status: 500 }, (request) => ({ text: `${request.message?.type}` })]);
    assert.equal((await post(message('assistant-request'), '/tools?x=1')).status, 500);
    assert.equal(await (await post(message('tool-calls'), '/tools')).text(), 'tool-calls');
    assert.equal(await (await post(message('hang'), '/tools')).text(), 'hang');
  });

  it('answers badly: without JSON, without a body, with a redirect, with far too much', async () => {
    customer.answer('*', { text: '<html>' });
    assert.equal(await (await post('no json')).text(), '<html>');
    assert.equal(customer.requests.at(-1)?.message, undefined);
    customer.answer('*', { status: 204 });
    assert.equal((await post({})).status, 204);
    customer.answer('*', { redirectTo: 'http://127.0.0.1:1/elsewhere' });
    const moved = await post({});
    assert.deepEqual([moved.status, moved.headers.get('location')], [302, 'http://127.0.0.1:1/elsewhere']);
    customer.answer('*', { hugeBytes: 3_000_001 });
    assert.equal((await (await post({})).arrayBuffer()).byteLength, 3_000_001);
  });

  it('answers late, never, or breaks the connection', async () => {
    customer.answer('*', { json: {}, delayMs: 120 });
    const began = performance.now();
    assert.equal((await post({})).status, 200);
    assert.ok(performance.now() - began >= 119);
    customer.answer('*', { reset: true });
    await assert.rejects(post({}), { name: 'TypeError' });
    customer.answer('*', { never: true });
    await assert.rejects(post({}, '/', { signal: AbortSignal.timeout(150) }), { name: 'TimeoutError' });
  });

  it('gives each request of a type once, waits for those to come, and tells what did not come', async () => {
    const waiting = [customer.next('speech-update'), customer.next('speech-update')];
    await post(message('speech-update', { turn: 1 }));
    await post(message('speech-update', { turn: 2 }));
    const turns = (await Promise.all(waiting)).map((request) => request.message?.turn);
    assert.deepEqual(turns, [1, 2]);
    assert.equal(customer.all('speech-update').length, 2);
    const second = await customer.until((request) => request.message?.turn === 2);
    assert.equal(second.message?.type, 'speech-update');
    await assert.rejects(customer.next('speech-update', 50), /speech-update number 3/);
  });

  it('closes although a client still waits for its answer', async () => {
    const other = await startCustomerServer({ '*': { never: true } });
    const hanging = fetch(other.url, { method: 'POST', body: '{}' });
    await other.until(() => true);
    await other.close();
    await assert.rejects(hanging, { name: 'TypeError' });
  });
});
