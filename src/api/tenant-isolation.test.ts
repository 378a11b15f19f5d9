import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../test/support/sample-call.ts';
import { newId } from '../lib/ids.ts';

/** What a list must be asked for. */
const QUERIES: Readonly<Record<string, string>> = { '/knowledge/search': '?q=mine' };

/** What a change of an object looks like where it has no name. */
const BODIES: Readonly<Record<string, object>> = {
  '/scenarios/:id': { title: 'theirs' },
  '/numbers/:id': { blocked: true },
};

/** Dialects that name objects in the query instead of the path have a test of this kind in their own folder. */
const BY_QUERY: ReadonlySet<string> = new Set(['vocode', 'vocode-2024', 'fluents']);

/** Makes an object of the first org for each family of routes, and says how its owner looks at it. */
async function makeObjects(exchange: HttpExchange): Promise<Record<string, { id: string; look: string }>> {
  const made = async (url: string, body: object) => {
    const reply = await exchange.inject('POST', url, body);
    assert.equal(reply.status, 201, reply.text);
    return (reply.body as { id: string }).id;
  };
  const at = exchange.clock.now();
  const call = liveCall(exchange.orgId, at);
  const delivery = {
    id: newId(at),
    orgId: exchange.orgId,
    streamId: call.id,
    callId: call.id,
    type: 'status-update',
    server: { url: 'https://mine.example/' },
    body: '{}',
    createdAt: at,
  };
  await exchange.storage.calls.insert(call, [eventOf(call, 'call.ringing', at)], [delivery]);
  const number = await made('/phone-number', { provider: 'vapi', name: 'mine' });
  const assistant = await made('/assistant', { name: 'mine' });
  const credential = await made('/credential', { provider: 'telnyx', apiKey: 'k', name: 'mine' });
  const trunk = await made('/credential', { provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.1' }] });
  const squad = await made('/squad', { name: 'mine', members: [{ assistantId: assistant }] });
  const tool = await made('/tool', { type: 'endCall' });
  const key = await made('/admin/keys', { name: 'mine' });
  const secret = await made('/admin/org/signing-secrets', {});
  const document = await made('/admin/knowledge', { title: 'mine', content: 'mine' });
  const scenario = await made('/admin/scenarios', { title: 'mine', content: 'mine' });
  return {
    '/numbers': { id: number, look: `/phone-number/${number}` },
    '/phone-number': { id: number, look: `/phone-number/${number}` },
    '/assistant': { id: assistant, look: `/assistant/${assistant}` },
    '/trunks': { id: trunk, look: `/admin/trunks/${trunk}` },
    '/squad': { id: squad, look: `/squad/${squad}` },
    '/tool': { id: tool, look: `/tool/${tool}` },
    '/credential': { id: credential, look: `/credential/${credential}` },
    '/call': { id: call.id, look: `/call/${call.id}` },
    '/org/signing-secrets': { id: secret, look: '/admin/org/signing-secrets' },
    '/deliveries': { id: delivery.id, look: `/admin/deliveries/${delivery.id}` },
    '/knowledge': { id: document, look: `/admin/knowledge/${document}` },
    '/scenarios': { id: scenario, look: `/admin/scenarios/${scenario}` },
    '/keys': { id: key, look: '/admin/keys' },
    '/phone': { id: assistant, look: `/phone/${assistant}` },
    '/phone/sip/agents': { id: assistant, look: `/phone/${assistant}` },
    '/calls': { id: call.id, look: `/admin/calls/${call.id}/timeline` },
  };
}

function dialectsByPath({ server }: HttpExchange) {
  return server.dialects.filter(({ name }) => !BY_QUERY.has(name));
}

describe('a key of another org', () => {
  let exchange: HttpExchange;
  let objects: Awaited<ReturnType<typeof makeObjects>>;

  before(async () => {
    exchange = await openHttpExchange();
    objects = await makeObjects(exchange);
  });
  after(() => exchange.close());

  it('gets 404 from every route with an id, under every prefix, and changes nothing', async () => {
    let tried = 0;
    for (const { mounts, routes } of dialectsByPath(exchange)) {
      for (const route of routes.filter(({ path }) => path.includes('/:id'))) {
        const object = objects[route.path.slice(0, route.path.indexOf('/:id'))];
        assert.ok(object, `make an object for ${route.path} in this test`);
        const before = await exchange.inject('GET', object.look);
        for (const mount of mounts) {
          const url: string = `${mount}${route.path.replace(':id', object.id)}`;
          const body = route.body ? (BODIES[route.path] ?? { name: 'theirs' }) : undefined;
          const reply = await exchange.inject(route.method, url, body, { key: exchange.otherKey });
          assert.equal(reply.status, 404, `${route.method} ${url}: ${reply.text}`);
          tried += 1;
        }
        assert.deepEqual((await exchange.inject('GET', object.look)).body, before.body);
      }
    }
    assert.ok(tried >= 20, `only ${tried} routes were tried`);
  });

  it('finds nothing in any list', async () => {
    for (const { mounts, routes } of dialectsByPath(exchange)) {
      for (const route of routes.filter(({ path, method }) => method === 'GET' && !path.includes(':'))) {
        for (const mount of mounts) {
          const url = `${mount}${route.path}${QUERIES[route.path] ?? ''}`;
          const reply = await exchange.inject('GET', url, undefined, { key: exchange.otherKey });
          assert.equal(reply.status, 200, reply.text);
          for (const { id } of Object.values(objects)) {
            assert.equal(reply.text.includes(id), false, `${mount}${route.path} shows ${id}`);
          }
        }
      }
    }
  });

  it('cannot bind a number to an assistant or a credential that is not its own', async () => {
    const key = exchange.otherKey;
    const assistantId = objects['/assistant']?.id;
    const credentialId = objects['/credential']?.id;
    for (const body of [
      { provider: 'vapi', assistantId },
      { provider: 'telnyx', number: '+14155550123', credentialId },
      { provider: 'vapi', server: { url: 'https://a.example', credentialId } },
    ]) {
      const reply = await exchange.inject('POST', '/phone-number', body, { key });
      assert.equal(reply.status, 400, reply.text);
      assert.match(reply.text, /Does Not Exist/);
    }
  });

  it('cannot make a squad of assistants that are not its own', async () => {
    const members = [{ assistantId: objects['/assistant']?.id }];
    const reply = await exchange.inject('POST', '/squad', { members }, { key: exchange.otherKey });
    assert.equal(reply.status, 400, reply.text);
    assert.match(reply.text, /Does Not Exist/);
  });

  it('without any key, no route answers', async () => {
    for (const { mounts, routes } of dialectsByPath(exchange)) {
      for (const route of routes) {
        const url = `${mounts[0]}${route.path.replace(':id', exchange.orgId)}`;
        const { app } = exchange.server;
        const bare = await app.inject({ method: route.method, url });
        assert.equal(bare.statusCode, 401, `${route.method} ${url}`);
        const wrong = await app.inject({ method: route.method, url, headers: { authorization: 'Bearer x' } });
        assert.equal(wrong.statusCode, 401, `${route.method} ${url}`);
      }
    }
  });
});
