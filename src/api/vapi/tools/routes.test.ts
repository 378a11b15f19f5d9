import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;

async function send(method: string, url: string, body?: unknown) {
  const reply = await exchange.inject(method, url, body);
  return { ...reply, body: reply.body as Json };
}

const toolOf = async (body: Json) => {
  const tool = await exchange.storage.tools.get(exchange.orgId, String(body.id));
  assert.ok(tool);
  return tool.tool;
};

before(async () => {
  exchange = await openHttpExchange();
});
after(() => exchange.close());

const MESSAGES = [
  {
    type: 'request-start',
    content: 'One moment.',
    blocking: true,
    conditions: [{ operator: 'eq', param: 'day', value: 'monday' }],
  },
  { type: 'request-response-delayed', content: 'Still looking.', timingMilliseconds: 2000 },
  {
    type: 'request-complete',
    contents: [{ type: 'text', language: 'de', text: 'Fertig.' }],
    role: 'assistant',
    endCallAfterSpokenEnabled: true,
  },
  { type: 'request-failed', content: 'That did not work.' },
];

const FUNCTION = {
  type: 'function',
  async: false,
  messages: MESSAGES,
  function: { name: 'book', description: 'Books', parameters: { type: 'object' }, strict: true },
  server: { url: 'https://tool.example', timeoutSeconds: 5, headers: { 'x-team': 'a' } },
  parameters: [{ key: 'team', value: { a: 1 } }],
  variableExtractionPlan: { schema: { type: 'object' } },
  rejectionPlan: { conditions: [] },
};

const TOOLS = [
  FUNCTION,
  {
    type: 'transferCall',
    destinations: [
      { type: 'number', number: '+14155550100', numberE164CheckEnabled: true, message: '', extension: '12' },
      { type: 'sip', sipUri: 'sip:desk@pbx.example', sipHeaders: { 'X-Team': 'a' } },
      { type: 'assistant', assistantName: 'Billing', transferMode: 'delete-history' },
    ],
    messages: MESSAGES.slice(0, 1),
  },
  {
    type: 'handoff',
    destinations: [
      { type: 'assistant', assistantName: 'Billing', contextEngineeringPlan: { type: 'all' } },
      { type: 'dynamic', server: { url: 'https://where.example' } },
    ],
    defaultResult: 'Handed over.',
  },
  { type: 'endCall', rejectionPlan: { conditions: [] } },
  { type: 'dtmf', sipInfoDtmfEnabled: true },
  {
    type: 'apiRequest',
    method: 'POST',
    url: 'https://api.example',
    name: 'call_api',
    body: { type: 'object' },
  },
  { type: 'mcp', server: { url: 'https://mcp.example' }, metadata: { protocol: 'shttp' } },
];

describe('/tool', () => {
  for (const tool of TOOLS) {
    it(`keeps every key of a ${tool.type} tool, stored and in place`, async () => {
      const { status, body, text } = await send('POST', '/tool', tool);
      assert.equal(status, 201, text);
      const { id, orgId, createdAt, updatedAt, ...kept } = body;
      assert.deepEqual(kept, tool);
      assert.deepEqual((await send('GET', `/tool/${id}`)).body, body);
      const model = { provider: 'vapi', tools: [tool] };
      const assistant = await send('POST', '/assistant', { model });
      assert.deepEqual(assistant.body.model, model);
    });
  }

  it('gives the domain what has a meaning', async () => {
    const { body } = await send('POST', '/tool', FUNCTION);
    const tool = await toolOf(body);
    assert.equal(tool.id, body.id);
    assert.equal(tool.name, 'book');
    assert.equal(tool.async, false);
    assert.equal(tool.server?.url, 'https://tool.example');
    assert.deepEqual(tool.messages?.[0], MESSAGES[0]);
    assert.deepEqual(tool.messages?.[2]?.contents, [{ language: 'de', text: 'Fertig.' }]);
    assert.deepEqual(Object.keys(tool.settings).sort(), [
      'function',
      'parameters',
      'rejectionPlan',
      'variableExtractionPlan',
    ]);
    const transfer = await toolOf((await send('POST', '/tool', TOOLS[1])).body);
    assert.deepEqual(
      transfer.destinations?.map(({ type }) => type),
      ['number', 'sip', 'agent'],
    );
  });

  it('changes the given keys, unsets null, keeps the rest, and never its kind', async () => {
    const { body } = await send('POST', '/tool', FUNCTION);
    const changed = await send('PATCH', `/tool/${body.id}`, {
      type: 'function',
      messages: null,
      async: true,
      function: { name: 'cancel' },
    });
    assert.equal(changed.status, 200, changed.text);
    const { id, orgId, createdAt, updatedAt, ...kept } = changed.body;
    const { messages: _, ...rest } = FUNCTION;
    assert.deepEqual(kept, { ...rest, async: true, function: { name: 'cancel' } });
    const other = await send('PATCH', `/tool/${id}`, { type: 'endCall' });
    assert.deepEqual(other.body.message, ['type must be one of the following values: function']);
    const kind = await send('PATCH', `/tool/${id}`, { destinations: [] });
    assert.deepEqual(kind.body.message, ['property destinations should not exist']);
  });

  it('never returns a secret, and keeps it for the same URL', async () => {
    for (const tool of [
      { type: 'function', function: { name: 'f' }, server: { url: 'https://t.example', secret: 'hush' } },
      { type: 'mcp', server: { url: 'https://t.example', secret: 'hush' } },
    ]) {
      const made = await send('POST', '/tool', tool);
      assert.equal(made.text.includes('hush'), false);
      await send('PATCH', `/tool/${made.body.id}`, { server: made.body.server });
      assert.equal((await toolOf(made.body)).server?.secret?.reveal(), 'hush');
    }
    const dynamic = (secret?: string) => ({
      destinations: [{ type: 'dynamic', server: { url: 'https://w.example', ...(secret && { secret }) } }],
    });
    const made = await send('POST', '/tool', { type: 'handoff', ...dynamic('hush') });
    assert.equal(made.text.includes('hush'), false);
    await send('PATCH', `/tool/${made.body.id}`, dynamic());
    const [kept] = (await toolOf(made.body)).destinations ?? [];
    assert.ok(kept?.type === 'dynamic');
    assert.equal(kept.server?.secret?.reveal(), 'hush');
  });

  it('refuses what a tool cannot be, and names the field', async () => {
    const stranger = '018f0000-0000-7000-8000-00000000000a';
    const cases: [object, RegExp][] = [
      [{}, /^type must be one of the following values/],
      [{ type: 'teleport' }, /^type must be one of the following values/],
      [{ type: 'function', foo: 1 }, /^property foo should not exist/],
      [{ type: 'function', function: {} }, /^function\.name must be a string/],
      [{ type: 'function', function: { name: 'no spaces' } }, /^function\.name must be/],
      [{ type: 'endCall', destinations: [] }, /^property destinations should not exist/],
      [{ type: 'function', server: { url: 'wss://a.example' } }, /^server\.url must be a URL address/],
      [{ type: 'function', messages: [{ type: 'request-begin' }] }, /^messages\.0\.type must be one of/],
      [
        { type: 'function', messages: [{ type: 'request-start', timingMilliseconds: 5 }] },
        /^messages\.0\.property timingMilliseconds should not exist/,
      ],
      [
        { type: 'transferCall', destinations: [{ type: 'number', number: '123' }] },
        /^destinations\.0\.number must be/,
      ],
      [
        { type: 'transferCall', destinations: [{ type: 'dynamic' }] },
        /^destinations\.0\.type must be one of/,
      ],
      [
        { type: 'apiRequest', body: { server: { secret: 's' } } },
        /^body\.server\.property secret should not exist/,
      ],
      [{ type: 'function', server: { url: 'https://a.example', credentialId: stranger } }, /Does Not Exist/],
    ];
    for (const [body, expected] of cases) {
      const refused = await send('POST', '/tool', body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.match([refused.body.message].flat().join('\n'), expected, JSON.stringify(body));
    }
  });

  it('lists newest first and gives back what it deletes', async () => {
    exchange.clock.advance(1);
    const older = await send('POST', '/tool', { type: 'endCall' });
    exchange.clock.advance(1);
    const newest = await send('POST', '/tool', { type: 'dtmf' });
    const listed = (await send('GET', '/tool?limit=2')).body as unknown as Json[];
    assert.deepEqual(listed, [newest.body, older.body]);
    assert.deepEqual((await send('DELETE', `/tool/${older.body.id}`)).body, older.body);
    assert.equal((await send('GET', `/tool/${older.body.id}`)).status, 404);
  });
});
