import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;

async function send(method: string, url: string, body?: unknown) {
  const reply = await exchange.inject(method, url, body);
  return { status: reply.status, body: reply.body as Json, text: reply.text };
}
const agentOf = async (body: Json) => {
  const agent = await exchange.storage.agents.get(exchange.orgId, String(body.id));
  assert.ok(agent);
  return agent;
};

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

const FULL = {
  name: 'Front desk',
  firstMessage: 'Hello {{customer.name}}.',
  firstMessageMode: 'assistant-speaks-first',
  model: {
    provider: 'custom-llm',
    model: 'llama',
    url: 'https://llm.example/v1',
    headers: { 'x-team': 'a' },
    temperature: 0.2,
    maxTokens: 300,
    messages: [{ role: 'system', content: 'Be brief.' }],
    systemPrompt: 'ignored',
    tools: [
      { type: 'endCall' },
      {
        type: 'function',
        async: true,
        function: { name: 'book', description: 'Books', parameters: { type: 'object' }, strict: true },
        server: { url: 'https://tool.example' },
      },
    ],
    toolIds: [],
  },
  voice: { provider: '11labs', voiceId: 'burt', speed: 1.1, stability: 0.5 },
  transcriber: { provider: 'deepgram', model: 'nova-3', language: 'en', keyterm: ['Offhook'] },
  startSpeakingPlan: {
    waitSeconds: 0.6,
    smartEndpointingPlan: { provider: 'livekit' },
    transcriptionEndpointingPlan: { onNumberSeconds: 1 },
    customEndpointingRules: [
      {
        type: 'both',
        assistantRegex: 'number',
        customerRegex: '\\d',
        timeoutSeconds: 2,
        customerRegexOptions: [],
      },
    ],
  },
  stopSpeakingPlan: { numWords: 2, interruptionPhrases: ['stop'] },
  keypadInputPlan: { enabled: true, timeoutSeconds: 3, delimiters: '#' },
  artifactPlan: { recordingEnabled: false, pcapEnabled: true },
  silenceTimeoutSeconds: 20,
  maxDurationSeconds: 120,
  endCallMessage: 'Bye.',
  endCallPhrases: ['goodbye'],
  metadata: { team: { nested: [1, null] } },
  backgroundSound: 'office',
  hooks: [{ on: 'call.ending' }],
  backchannelingEnabled: true,
};

describe('/assistant', () => {
  it('takes an empty body and returns unset keys as absent', async () => {
    const { status, body } = await send('POST', '/assistant', {});
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(body).sort(), ['createdAt', 'id', 'orgId', 'updatedAt']);
  });

  it('returns every key as it came, before and after the store', async () => {
    const { body } = await send('POST', '/assistant', FULL);
    const { id, orgId, createdAt, updatedAt, ...kept } = body;
    assert.deepEqual(kept, FULL);
    assert.deepEqual((await send('GET', `/assistant/${id}`)).body, body);
  });

  it('gives the domain what has a meaning', async () => {
    const agent = await agentOf((await send('POST', '/assistant', FULL)).body);
    assert.equal(agent.brain?.url, 'https://llm.example/v1');
    assert.deepEqual(agent.brain?.tools[1], {
      type: 'function',
      name: 'book',
      description: 'Books',
      parameters: { type: 'object' },
      server: { url: 'https://tool.example' },
      async: true,
      settings: { function: { strict: true } },
    });
    assert.deepEqual(agent.voice, {
      provider: '11labs',
      voiceId: 'burt',
      speed: 1.1,
      settings: { stability: 0.5 },
    });
    assert.equal(agent.startSpeakingPlan?.onNumberSeconds, 1);
    assert.deepEqual(agent.startSpeakingPlan?.smart, { smartEndpointingPlan: { provider: 'livekit' } });
    assert.equal(agent.recordingEnabled, false);
    assert.deepEqual(agent.extras.vapi, {
      artifactPlan: { pcapEnabled: true },
      backgroundSound: 'office',
      hooks: [{ on: 'call.ending' }],
      backchannelingEnabled: true,
    });
  });

  it('changes the given keys, unsets null, keeps the rest', async () => {
    const { body } = await send('POST', '/assistant', FULL);
    const changed = await send('PATCH', `/assistant/${body.id}`, {
      name: 'Night desk',
      voice: null,
      hooks: null,
      model: { provider: 'openai', model: 'gpt-4o' },
    });
    assert.equal(changed.status, 200);
    const { voice: _, hooks: __, ...rest } = FULL;
    const { id, orgId, createdAt, updatedAt, ...kept } = changed.body;
    assert.deepEqual(kept, { ...rest, name: 'Night desk', model: { provider: 'openai', model: 'gpt-4o' } });
  });

  it('never returns a secret, and keeps it for the same URL', async () => {
    const made = await send('POST', '/assistant', {
      server: { url: 'https://a.example', secret: 'hush-1' },
      model: {
        provider: 'openai',
        model: 'm',
        tools: [
          {
            type: 'function',
            function: { name: 'f' },
            server: { url: 'https://t.example', secret: 'hush-2' },
          },
        ],
      },
      credentials: [
        { provider: 'deepgram', apiKey: 'hush-3', name: 'mine' },
        { provider: 'azure', region: 'hush-4' },
      ],
    });
    assert.equal(made.status, 201);
    assert.equal(made.text.includes('hush'), false);
    assert.deepEqual(made.body.credentials, [{ provider: 'deepgram', name: 'mine' }, { provider: 'azure' }]);
    const { server, model } = made.body;
    const returned = await send('PATCH', `/assistant/${made.body.id}`, { server, model });
    assert.equal(returned.status, 200);
    const agent = await agentOf(made.body);
    assert.equal(agent.server?.secret?.reveal(), 'hush-1');
    assert.equal(agent.brain?.tools[0]?.server?.secret?.reveal(), 'hush-2');
    assert.equal(agent.vendorKeys?.deepgram?.reveal(), 'hush-3');
    assert.equal(agent.vendorKeys?.['azure:region']?.reveal(), 'hush-4');
    assert.equal((await exchange.inject('GET', '/assistant')).text.includes('hush'), false);
  });

  it("refuses what the vendor's schema does not have, or not like this", async () => {
    const cases: [object, string][] = [
      [{ foo: 1 }, 'property foo should not exist'],
      [{ id: 'x' }, 'property id should not exist'],
      [{ maxDurationSeconds: 9 }, 'maxDurationSeconds must not be less than 10'],
      [
        { endCallPhrases: ['x'] },
        'each value in endCallPhrases must be longer than or equal to 2 characters',
      ],
      [{ model: { provider: 'openai' } }, 'model.model must be a string'],
      [{ model: { provider: 'custom-llm', model: 'x' } }, 'model.url must be a URL address'],
      [{ model: { provider: 'vapi', temperature: 3 } }, 'model.temperature must not be greater than 2'],
      [{ voice: { provider: '11labs' } }, 'voice.voiceId must be a string'],
      [
        { voice: { provider: 'custom-voice', server: { url: 'https://a.example', secret: 's' } } },
        'voice.server.property secret should not exist',
      ],
      [
        { keypadInputPlan: { delimiters: '!' } },
        'keypadInputPlan.delimiters must be one of the following values: #, *, ',
      ],
      [
        {
          startSpeakingPlan: {
            customEndpointingRules: [{ type: 'customer', regex: '(', timeoutSeconds: 1 }],
          },
        },
        'startSpeakingPlan.customEndpointingRules.0.regex must be a regular expression',
      ],
      [{ server: { url: 'file:///etc/passwd' } }, 'server.url must be a URL address'],
      [{ server: { headers: { a: 'b\r\nc: d' } } }, 'server.headers.a must not contain control characters'],
      [
        { firstMessageMode: 'loud' },
        'firstMessageMode must be one of the following values: assistant-speaks-first, assistant-speaks-first-with-model-generated-message, assistant-waits-for-user',
      ],
    ];
    for (const [body, message] of cases) {
      const refused = await send('POST', '/assistant', body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.deepEqual(refused.body.message, [message]);
    }
  });

  it('bounds the answer to a body with countless unknown keys', async () => {
    const body = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`${'k'.repeat(90)}${index}`, 1]),
    );
    const refused = await send('POST', '/assistant', body);
    assert.equal(refused.status, 400);
    assert.equal((refused.body.message as string[]).length, 50);
  });

  it('lists newest first and gives back what it deletes', async () => {
    exchange.clock.advance(1);
    const { body } = await send('POST', '/assistant', { name: 'last' });
    exchange.clock.advance(1);
    const newest = await send('POST', '/assistant', { name: 'newest' });
    const [first, second] = (await send('GET', '/assistant?limit=2')).body as unknown as Json[];
    assert.deepEqual([first, second], [newest.body, body]);
    assert.deepEqual((await send('DELETE', `/assistant/${body.id}`)).body, body);
    const gone = await send('GET', `/assistant/${body.id}`);
    assert.deepEqual(gone.body, {
      message: `Couldn't Get Assistant. \`id\` ${body.id} Does Not Exist.`,
      error: 'Not Found',
      statusCode: 404,
    });
  });
});
