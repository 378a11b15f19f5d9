import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';
import { newId } from '../../../lib/ids.ts';

type Json = Record<string, unknown>;

describe('/phone', () => {
  let exchange: HttpExchange;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());

  async function asked(method: string, url: string, body?: object, status = 200): Promise<Json> {
    const reply = await exchange.inject(method, url, body);
    assert.equal(reply.status, status, reply.text);
    return reply.body as Json;
  }
  const created = (body: object = {}) => asked('POST', '/phone', { name: 'Desk', ...body });
  const changed = (id: unknown, body: object) => asked('PATCH', `/phone/${id}`, body);
  const row = async (id: unknown) => {
    const agent = await exchange.storage.agents.get(exchange.orgId, String(id));
    assert.ok(agent);
    return agent;
  };
  const refused = async (body: object, method = 'POST', url = '/phone') => {
    const { message, error, statusCode } = await asked(method, url, body, 400);
    assert.deepEqual([error, statusCode], ['Bad Request', 400]);
    return String(message);
  };
  async function scenario(orgId = exchange.orgId): Promise<string> {
    const now = exchange.clock.now();
    const id = newId(now);
    await exchange.storage.scenarios.insert({
      id,
      orgId,
      title: 'Refunds',
      content: 'Give the money back.',
      createdAt: now,
      updatedAt: now,
    });
    return id;
  }
  const action = async () => (await asked('POST', '/tool', { type: 'endCall' }, 201)).id as string;

  it('makes an agent of a name alone, with the defaults of the vendor', async () => {
    const { id, created_at, updated_at, ...rest } = await created();
    assert.deepEqual(rest, {
      org_id: exchange.orgId,
      phone_number: null,
      name: 'Desk',
      type: 'inbound',
      language: null,
      accent: null,
      handoff_phone_number: null,
      speed: 1,
      interruptible: true,
      actionIds: null,
      instructions: null,
      data_collection_fields: null,
      data_collection_webhook_url: null,
      model: 'oppie-vox-livekit',
      voice_id: null,
      first_message: 'Hello?',
      provider_external_id: null,
      flow: null,
      manual_mode: false,
      custom_llm: null,
      use_org_knowledgebase: false,
    });
    assert.equal(created_at, updated_at);
    assert.deepEqual(await asked('GET', `/phone/${id}`), { id, created_at, updated_at, ...rest });
    const agent = await row(id);
    assert.equal(agent.firstMessage, 'Hello?');
    assert.equal(agent.usesAllTools, true);
    assert.deepEqual(agent.dials, { idleTimeSeconds: 10, askIfPresentOnIdle: true, maxIdleChecks: 2 });
  });

  it('gives each field its meaning', async () => {
    const [known, tool] = [await scenario(), await action()];
    const body = {
      type: 'outbound',
      voice_id: 'slt',
      language: 'es',
      first_message: 'Hola.',
      instructions: [known],
      handoff_phone_number: '+14155550123',
      use_org_knowledgebase: true,
      actionIds: [tool],
      accent: 'mexican',
      speed: 1.2,
      interruptible: false,
      data_collection_fields: ['email', 'order'],
      data_collection_webhook_url: 'https://mine.example/collected',
      model: 'oppie-vox-turbo',
      flow: { id: 'n1', type: 'root', children: [] },
      manual_mode: true,
      custom_llm: 'https://llm.example/v1',
    };
    const shown = await created(body);
    assert.deepEqual({ ...shown, ...body }, shown);
    const agent = await row(shown.id);
    assert.equal(agent.kind, 'outbound');
    assert.deepEqual(agent.voice, { provider: 'offline', voiceId: 'slt', speed: 1.2, settings: {} });
    assert.deepEqual(agent.transcriber, { provider: 'deepgram', language: 'es', settings: {} });
    assert.equal(agent.firstMessage, 'Hola.');
    assert.deepEqual(agent.scenarioIds, [known]);
    assert.deepEqual(agent.handoffDestination, {
      type: 'number',
      number: '+14155550123',
      e164CheckEnabled: true,
    });
    assert.equal(agent.usesKnowledge, true);
    assert.equal(agent.usesAllTools, undefined);
    assert.deepEqual(agent.brain?.toolIds, [tool]);
    assert.equal(agent.dials?.interruptible, false);
    assert.equal(agent.firstMessageInterruptionsEnabled, false);
    assert.deepEqual(agent.dataCollection, {
      fields: [{ name: 'email' }, { name: 'order' }],
      webhookUrl: 'https://mine.example/collected',
    });
    assert.equal(agent.brain?.provider, 'custom-llm');
    assert.equal(agent.brain?.url, 'https://llm.example/v1');
    assert.deepEqual(agent.extras, {
      opencx: {
        accent: 'mexican',
        model: 'oppie-vox-turbo',
        flow: { id: 'n1', type: 'root', children: [] },
        manual_mode: true,
      },
    });
  });

  it('resets to the default what is null, and leaves what is not named', async () => {
    const fresh = await created();
    const full = await created({
      voice_id: 'slt',
      speed: 1.5,
      language: 'en',
      first_message: 'Hi.',
      instructions: [await scenario()],
      handoff_phone_number: '+14155550123',
      use_org_knowledgebase: true,
      actionIds: [await action()],
      interruptible: false,
      data_collection_fields: ['email'],
      data_collection_webhook_url: 'https://mine.example/collected',
      accent: 'scottish',
      flow: [1],
      manual_mode: true,
      custom_llm: 'https://llm.example/v1',
    });
    assert.deepEqual(await changed(full.id, {}), full);
    const keys = Object.keys(full).filter(
      (key) =>
        !['id', 'org_id', 'phone_number', 'name', 'type', 'model', 'provider_external_id'].includes(key),
    );
    const nulls = Object.fromEntries(
      keys.filter((key) => !key.endsWith('_at')).map((key): [string, null] => [key, null]),
    );
    const reset = await changed(full.id, nulls);
    assert.deepEqual({ ...reset, id: fresh.id }, fresh);
    const agent = await row(full.id);
    const { brain, id: _, ...rest } = agent;
    const { id: __, ...expected } = await row(fresh.id);
    assert.deepEqual(rest, expected);
    assert.deepEqual([brain?.provider, brain?.url, brain?.model], ['offhook', undefined, undefined]);
  });

  it('tells all actions (null) from none (an empty list)', async () => {
    const { id } = await created({ actionIds: [] });
    assert.deepEqual((await asked('GET', `/phone/${id}`)).actionIds, []);
    assert.equal((await row(id)).usesAllTools, undefined);
    const tool = await action();
    assert.deepEqual((await changed(id, { actionIds: [tool] })).actionIds, [tool]);
    assert.equal((await changed(id, { actionIds: null })).actionIds, null);
    assert.equal((await row(id)).usesAllTools, true);
    assert.deepEqual((await changed(id, { actionIds: [] })).actionIds, []);
    assert.deepEqual((await row(id)).brain?.toolIds, []);
  });

  it('tells whose voice an id is, and leaves a voice that has the id already', async () => {
    const { id } = await created({ voice_id: 'EXAVITQu4vr4xnSDxMaL', speed: 0.9 });
    assert.deepEqual((await row(id)).voice, {
      provider: '11labs',
      voiceId: 'EXAVITQu4vr4xnSDxMaL',
      speed: 0.9,
      settings: {},
    });
    const voice = { provider: 'azure', voiceId: 'en-US-AriaNeural', rate: 15 };
    await asked('PATCH', `/assistant/${id}`, { voice });
    assert.equal((await changed(id, { voice_id: 'en-US-AriaNeural' })).voice_id, 'en-US-AriaNeural');
    assert.deepEqual((await asked('GET', `/assistant/${id}`)).voice, voice);
  });

  it('shows the oldest number that is bound to the agent', async () => {
    const { id } = await created();
    const bind = (body: object) => asked('POST', '/phone-number', { assistantId: id, ...body }, 201);
    const credential = await asked(
      'POST',
      '/credential',
      { provider: 'byo-sip-trunk', gateways: [{ ip: '192.0.2.9' }] },
      201,
    );
    const byo = { provider: 'byo-phone-number', credentialId: credential.id };
    const first = await bind({ ...byo, number: '+14155550101' });
    await exchange.clock.advance(1000);
    await bind({ ...byo, number: '+14155550102' });
    assert.equal((await asked('GET', `/phone/${id}`)).phone_number, '+14155550101');
    assert.equal((await changed(id, { name: 'Front' })).phone_number, '+14155550101');
    const list = (await exchange.inject('GET', '/phone')).body as Json[];
    assert.equal(list.find((one) => one.id === id)?.phone_number, '+14155550101');
    await asked('PATCH', `/phone-number/${first.id}`, { assistantId: null });
    assert.equal((await asked('GET', `/phone/${id}`)).phone_number, '+14155550102');
  });

  it('lists the agents of the org, of whatever dialect, as a bare array, the newest first', async () => {
    await exchange.clock.advance(1000);
    const vapi = await asked('POST', '/assistant', { name: 'Made elsewhere' }, 201);
    await exchange.clock.advance(1000);
    const own = await created({ name: 'Made here' });
    const list = (await exchange.inject('GET', '/opencx/phone')).body as Json[];
    assert.deepEqual(
      list.slice(0, 2).map(({ id }) => id),
      [own.id, vapi.id],
    );
    assert.deepEqual(list[0], own);
  });

  it('refuses with the name of the field', async () => {
    assert.equal(await refused({}), 'name must be a string');
    assert.equal(await refused({ name: 'A', phone_number: '+1' }), 'property phone_number should not exist');
    assert.match(await refused({ name: 'A', type: 'both' }), /^type must be one of the following values/);
    assert.match(await refused({ name: 'A', handoff_phone_number: '0171' }), /^handoff_phone_number must be/);
    assert.match(await refused({ name: 'A', custom_llm: 'gpt-4o' }), /^custom_llm must be a URL/);
    assert.match(await refused({ name: 'A', speed: 'fast', language: 7 }), /speed.*; |language.*; /);
    const { id } = await created();
    const url = `/phone/${id}`;
    assert.equal(await refused({ name: null }, 'PATCH', url), 'name must be a string');
    assert.equal(await refused({ model: 'oppie-vox' }, 'PATCH', url), 'property model should not exist');
    assert.equal(await refused({ id }, 'PATCH', url), 'property id should not exist');
  });

  it('refuses scenarios and actions that the org does not have, also where another has them', async () => {
    const foreign = await scenario(exchange.otherOrgId);
    assert.match(
      await refused({ name: 'A', instructions: [foreign] }),
      /^instructions names scenario .* exist$/,
    );
    assert.match(await refused({ name: 'A', actionIds: ['nope'] }), /^actionIds names action nope/);
    const { id } = await created();
    assert.match(await refused({ instructions: ['nope'] }, 'PATCH', `/phone/${id}`), /scenario nope/);
  });

  it('answers 404 in the words of the dialect, whatever the id looks like', async () => {
    for (const id of [exchange.orgId, 'nope', 'a%20b']) {
      const expected = { statusCode: 404, message: 'Phone agent not found', error: 'Not Found' };
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { name: 'A' } : undefined;
        assert.deepEqual(await asked(method, `/phone/${id}`, body, 404), expected);
      }
    }
    const unknown = await asked('PUT', '/phone', {}, 404);
    assert.deepEqual(unknown, { statusCode: 404, message: 'Cannot PUT /phone', error: 'Not Found' });
    const bare = await exchange.server.app.inject({ url: '/phone' });
    assert.deepEqual(bare.json(), { statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' });
  });

  it('deletes without a body in the reply', async () => {
    const { id } = await created();
    const reply = await exchange.inject('DELETE', `/phone/${id}`);
    assert.deepEqual([reply.status, reply.text, reply.headers['content-type']], [200, '', undefined]);
    await asked('GET', `/phone/${id}`, undefined, 404);
  });
});

describe('an agent of two dialects', () => {
  it("keeps what the other's fields say through changes from both sides", async () => {
    const exchange = await openHttpExchange();
    try {
      const asked = async (method: string, url: string, body?: object) => {
        const reply = await exchange.inject(method, url, body);
        assert.ok(reply.status < 300, reply.text);
        return reply.body as Json;
      };
      const vapi = await asked('POST', '/assistant', {
        name: 'Desk',
        firstMessage: 'Hi.',
        firstMessageMode: 'assistant-waits-for-user',
        model: { provider: 'openai', model: 'gpt-4o', messages: [{ role: 'system', content: 'Be brief.' }] },
        transcriber: { provider: 'deepgram', model: 'nova-3', language: 'en', smartFormat: true },
        voice: { provider: '11labs', voiceId: 'abc', stability: 0.4 },
        voicemailMessage: 'Call us back.',
        metadata: { a: 1 },
      });
      const url = `/phone/${vapi.id}`;
      const seen = await asked('GET', url);
      assert.deepEqual(
        [seen.first_message, seen.language, seen.voice_id, seen.actionIds],
        ['Hi.', 'en', 'abc', []],
      );
      await asked('PATCH', url, { language: 'es', first_message: 'Hola.', flow: { a: 1 }, speed: 1.1 });
      const { updatedAt: _, ...after } = await asked('GET', `/assistant/${vapi.id}`);
      const { updatedAt: __, ...before } = vapi;
      assert.deepEqual(after, {
        ...before,
        firstMessage: 'Hola.',
        firstMessageMode: 'assistant-speaks-first',
        transcriber: { provider: 'deepgram', model: 'nova-3', language: 'es', smartFormat: true },
        voice: { provider: '11labs', voiceId: 'abc', stability: 0.4, speed: 1.1 },
      });
      // A client that writes back what it reads changes nothing.
      const { id, orgId, createdAt, updatedAt, ...body } = await asked('GET', `/assistant/${vapi.id}`);
      assert.ok(id && orgId && createdAt && updatedAt);
      await asked('PATCH', `/assistant/${vapi.id}`, body);
      const { updated_at: _seen, ...again } = await asked('GET', url);
      assert.deepEqual([again.flow, again.first_message, again.speed], [{ a: 1 }, 'Hola.', 1.1]);
    } finally {
      await exchange.close();
    }
  });

  it('made here can be written back as Vapi shows it', async () => {
    const exchange = await openHttpExchange();
    try {
      const made = await exchange.inject('POST', '/phone', {
        name: 'Desk',
        language: 'fr',
        speed: 1.3,
        custom_llm: 'https://llm.example/v1',
        data_collection_fields: ['email'],
      });
      const { id } = made.body as { id: string };
      const shown = (await exchange.inject('GET', `/assistant/${id}`)).body as Json;
      const { id: _, orgId: __, createdAt: ___, updatedAt: ____, ...body } = shown;
      const written = await exchange.inject('PATCH', `/assistant/${id}`, body);
      assert.equal(written.status, 200, written.text);
      assert.deepEqual((await exchange.inject('GET', `/phone/${id}`)).body, made.body);
    } finally {
      await exchange.close();
    }
  });
});
