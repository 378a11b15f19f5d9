import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { VapiClient, VapiError } from '@vapi-ai/server-sdk';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { eventOf, liveCall } from '../../../test/support/sample-call.ts';

/** The official client, unchanged, over a real socket. */
describe('@vapi-ai/server-sdk', () => {
  let exchange: HttpExchange;
  let base: string;

  before(async () => {
    exchange = await openHttpExchange();
    const port = await exchange.server.listen({ host: '127.0.0.1', port: 0 });
    base = `http://127.0.0.1:${port}`;
  });
  after(() => exchange.close());

  const clientAt = (baseUrl: string, token = exchange.key) => new VapiClient({ token, baseUrl });

  for (const prefix of ['', '/vapi']) {
    it(`manages phone numbers at the base URL with prefix "${prefix}"`, async () => {
      const client = clientAt(`${base}${prefix}`);
      const assistant = await client.assistants.create({ name: 'Desk' });
      const made = await client.phoneNumbers.create({
        provider: 'vapi',
        name: `Line ${prefix}`,
        assistantId: assistant.id,
        hooks: [{ on: 'call.ringing', do: [{ type: 'say', exact: 'Closed.' }] }],
      });
      assert.ok(made.provider === 'vapi');
      assert.match(String(made.sipUri), /^sip:/);
      assert.deepEqual(await client.phoneNumbers.get({ id: made.id }), made);
      const listed = await client.phoneNumbers.list({ limit: 10 });
      assert.ok(listed.some(({ id }) => id === made.id));
      const page = await client.phoneNumbers.phoneNumberControllerFindAllPaginated({
        search: made.sipUri?.toUpperCase() ?? '',
        sortOrder: 'ASC',
        limit: 5,
      });
      assert.deepEqual(page.results, [made]);
      assert.equal(page.metadata.totalItems, 1);
      const changed = await client.phoneNumbers.update({
        id: made.id,
        body: { provider: 'vapi', name: 'Night line', assistantId: null as unknown as string },
      });
      assert.equal(changed.name, 'Night line');
      assert.equal('assistantId' in changed, false);
      assert.deepEqual(await client.phoneNumbers.delete({ id: made.id }), changed);
    });
  }

  it('manages assistants', async () => {
    const client = clientAt(base);
    const made = await client.assistants.create({
      name: 'Desk',
      model: { provider: 'openai', model: 'gpt-4o', messages: [{ role: 'system', content: 'Be brief.' }] },
      voice: { provider: 'vapi', voiceId: 'Elliot' },
    });
    assert.deepEqual(await client.assistants.get({ id: made.id }), made);
    const changed = await client.assistants.update({ id: made.id, firstMessage: 'Hi.' });
    assert.equal(changed.firstMessage, 'Hi.');
    assert.equal(changed.name, 'Desk');
    assert.ok((await client.assistants.list()).some(({ id }) => id === made.id));
    assert.deepEqual(await client.assistants.delete({ id: made.id }), changed);
  });

  it('manages squads', async () => {
    const client = clientAt(base);
    const { id: assistantId } = await client.assistants.create({ name: 'Desk' });
    const made = await client.squads.create({
      name: 'House',
      members: [
        {
          assistantId,
          assistantDestinations: [{ type: 'assistant', assistantName: 'Billing', description: 'Bills' }],
        },
        { assistant: { name: 'Billing' } },
      ],
      membersOverrides: { variableValues: { house: 'Riverside' } },
    });
    assert.deepEqual(await client.squads.get({ id: made.id }), made);
    const changed = await client.squads.update({ id: made.id, name: 'Night', members: [{ assistantId }] });
    assert.deepEqual([changed.name, changed.members], ['Night', [{ assistantId }]]);
    assert.ok((await client.squads.list()).some(({ id }) => id === made.id));
    assert.deepEqual(await client.squads.delete({ id: made.id }), changed);
  });

  it('manages tools', async () => {
    const client = clientAt(base);
    const made = await client.tools.create({
      type: 'function',
      function: { name: 'book', parameters: { type: 'object', properties: {} } },
      server: { url: 'https://tool.example', timeoutSeconds: 5 },
      messages: [{ type: 'request-start', content: 'One moment.' }],
    });
    assert.ok(made.type === 'function');
    assert.deepEqual(await client.tools.get({ id: made.id }), made);
    const changed = await client.tools.update({ id: made.id, body: { type: 'function', async: true } });
    assert.ok(changed.type === 'function');
    assert.equal(changed.async, true);
    assert.equal(changed.function?.name, 'book');
    assert.ok((await client.tools.list()).some(({ id }) => id === made.id));
    assert.deepEqual(await client.tools.delete({ id: made.id }), changed);
  });

  it('changes and deletes calls', async () => {
    const now = exchange.clock.now();
    const call = liveCall(exchange.orgId, now);
    await exchange.storage.calls.insert(call, []);
    const client = clientAt(base);
    assert.equal((await client.calls.update({ id: call.id, name: 'Mine' })).name, 'Mine');
    await exchange.storage.calls.end(call.orgId, call.id, eventOf(call, 'call.ended', now), (current) => ({
      ...current,
      status: 'ended',
      endReason: 'customer-ended-call',
    }));
    const removed = await client.calls.delete({ id: call.id });
    assert.equal(removed?.name, 'Mine');
  });

  it('reads calls', async () => {
    const call = liveCall(exchange.orgId, exchange.clock.now());
    await exchange.storage.calls.insert(call, []);
    const client = clientAt(base);
    assert.equal((await client.calls.get({ id: call.id })).status, 'in-progress');
    assert.deepEqual(
      (await client.calls.list({ limit: 1 })).map(({ id }) => id),
      [call.id],
    );
  });

  it('gets a VapiError with status and body, without repeating', async () => {
    const failed = async (work: Promise<unknown>) => {
      const error = await work.then(
        () => assert.fail('it was taken'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof VapiError);
      return [error.statusCode, error.body];
    };
    const client = clientAt(base);
    assert.deepEqual(await failed(client.phoneNumbers.create({ provider: 'vapi', name: 'x'.repeat(41) })), [
      400,
      {
        message: ['name must be shorter than or equal to 40 characters'],
        error: 'Bad Request',
        statusCode: 400,
      },
    ]);
    const [status] = await failed(clientAt(base, 'wrong').phoneNumbers.list());
    assert.equal(status, 401);
    assert.equal((await failed(client.phoneNumbers.get({ id: exchange.orgId })))[0], 404);
    assert.equal((await failed(client.calls.create({})))[0], 400);
  });

  it('that repeats a create because the answer got lost makes one number', async () => {
    let posts = 0;
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      posts += 1;
      const reply = await fetch(`${base}${request.url}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${exchange.key}`, 'content-type': 'application/json' },
        body: Buffer.concat(chunks),
      });
      const text = await reply.text();
      if (posts === 1) response.writeHead(503, { 'retry-after': '0' }).end('lost');
      else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = proxy.address() as AddressInfo;
      const before = await exchange.storage.numbers.count(exchange.orgId);
      const made = await clientAt(`http://127.0.0.1:${port}`).phoneNumbers.create({
        provider: 'vapi',
        sipUri: 'sip:retried@sip.vapi.ai',
      });
      assert.equal(posts, 2);
      assert.ok(made.provider === 'vapi' && made.sipUri === 'sip:retried@sip.vapi.ai');
      assert.equal(await exchange.storage.numbers.count(exchange.orgId), before + 1);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
