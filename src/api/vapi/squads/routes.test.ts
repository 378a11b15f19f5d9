import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../../../test/support/http-exchange.ts';

type Json = Record<string, unknown>;

let exchange: HttpExchange;
let assistantId: string;

async function send(method: string, url: string, body?: unknown) {
  const reply = await exchange.inject(method, url, body);
  return { ...reply, body: reply.body as Json };
}

const squadOf = async (body: Json) => {
  const squad = await exchange.storage.squads.get(exchange.orgId, String(body.id));
  assert.ok(squad);
  return squad;
};

before(async () => {
  exchange = await openHttpExchange();
  assistantId = String((await send('POST', '/assistant', { name: 'Desk' })).body.id);
});
after(() => exchange.close());

const full = () => ({
  name: 'Front and back',
  members: [
    {
      assistantId,
      assistantVersion: 'v3',
      assistantOverrides: {
        firstMessage: 'Hello {{name}}.',
        silenceTimeoutSeconds: 20,
        artifactPlan: { recordingEnabled: false, pcapEnabled: true },
        backgroundSound: 'off',
        monitorPlan: { listenEnabled: false, monitorIds: ['m1'] },
        serverMessages: ['end-of-call-report'],
        variableValues: { name: 'Ann', nested: { a: [1] } },
        'tools:append': [{ type: 'dtmf', sipInfoDtmfEnabled: true }],
      },
      assistantDestinations: [
        {
          type: 'assistant',
          assistantName: 'Billing',
          message: 'One moment.',
          description: 'Bills',
          transferMode: 'swap-system-message-in-history',
        },
        {
          type: 'assistant',
          assistantId,
          assistantOverrides: { firstMessage: '' },
          contextEngineeringPlan: { type: 'lastNMessages', maxMessages: 5 },
          variableExtractionPlan: { schema: { type: 'object' } },
        },
      ],
    },
    {
      assistant: {
        name: 'Billing',
        model: {
          provider: 'openai',
          model: 'gpt-4o',
          tools: [
            {
              type: 'handoff',
              function: { name: 'hand_over' },
              destinations: [
                { type: 'dynamic', server: { url: 'https://where.example' }, description: 'Elsewhere' },
                { type: 'squad', squad: { members: [{ assistantId }] }, entryAssistantName: 'Desk' },
                { type: 'assistant', assistant: { name: 'Night', server: { url: 'https://n.example' } } },
              ],
            },
          ],
        },
      },
      assistantDestinations: [],
    },
  ],
  membersOverrides: { voice: { provider: 'vapi', voiceId: 'Elliot' }, metadata: { a: 1 } },
});

describe('/squad', () => {
  it('returns every key as it came, before and after the store', async () => {
    const { status, body, text } = await send('POST', '/squad', full());
    assert.equal(status, 201, text);
    const { id, orgId, createdAt, updatedAt, ...kept } = body;
    assert.deepEqual(kept, full());
    assert.deepEqual((await send('GET', `/squad/${id}`)).body, body);
  });

  it('gives the domain what has a meaning', async () => {
    const squad = await squadOf((await send('POST', '/squad', full())).body);
    const [first, second] = squad.members;
    assert.equal(first?.agentId, assistantId);
    assert.deepEqual(first?.overrides, {
      fields: {
        firstMessage: 'Hello {{name}}.',
        silenceTimeoutSeconds: 20,
        recordingEnabled: false,
        monitorPlan: { listenEnabled: false },
        serverMessages: ['end-of-call-report'],
      },
      extras: {
        vapi: {
          artifactPlan: { pcapEnabled: true },
          backgroundSound: 'off',
          monitorPlan: { monitorIds: ['m1'] },
        },
      },
      variables: { name: 'Ann', nested: { a: [1] } },
      appendedTools: [{ type: 'dtmf', settings: { sipInfoDtmfEnabled: true } }],
    });
    assert.deepEqual(first?.destinations[0], {
      type: 'agent',
      agentName: 'Billing',
      message: 'One moment.',
      description: 'Bills',
      transferMode: 'swap-system-message-in-history',
      settings: {},
    });
    assert.deepEqual(first?.destinations[1]?.contextPlan, { type: 'lastNMessages', maxMessages: 5 });
    const [dynamic, whole, transient] = second?.agent?.brain?.tools[0]?.destinations ?? [];
    assert.ok(dynamic?.type === 'dynamic' && dynamic.server?.url === 'https://where.example');
    assert.ok(whole?.type === 'agent' && whole.squad?.members[0]?.agentId === assistantId);
    assert.ok(transient?.type === 'agent' && transient.agent?.name === 'Night');
    assert.equal(squad.membersOverrides?.fields.voice?.voiceId, 'Elliot');
  });

  it('changes the given keys, unsets null, keeps the rest', async () => {
    const { body } = await send('POST', '/squad', full());
    const changed = await send('PATCH', `/squad/${body.id}`, { name: 'Night', membersOverrides: null });
    assert.equal(changed.status, 200);
    const { id, orgId, createdAt, updatedAt, ...kept } = changed.body;
    assert.deepEqual(kept, { name: 'Night', members: full().members });
    const members = [{ assistantId }];
    assert.deepEqual((await send('PATCH', `/squad/${id}`, { members })).body.members, members);
  });

  it('never returns a secret, and keeps it for the same URL', async () => {
    const made = await send('POST', '/squad', {
      members: [
        {
          assistant: {
            server: { url: 'https://a.example', secret: 'hush-1' },
            model: {
              provider: 'vapi',
              tools: [
                {
                  type: 'function',
                  function: { name: 'f' },
                  server: { url: 'https://t.example', secret: 'hush-2' },
                },
              ],
            },
          },
          assistantOverrides: { server: { url: 'https://o.example', secret: 'hush-3' } },
        },
      ],
    });
    assert.equal(made.status, 201, made.text);
    assert.equal(made.text.includes('hush'), false);
    const returned = await send('PATCH', `/squad/${made.body.id}`, { members: made.body.members });
    assert.equal(returned.status, 200);
    const [member] = (await squadOf(made.body)).members;
    assert.equal(member?.agent?.server?.secret?.reveal(), 'hush-1');
    assert.equal(member?.agent?.brain?.tools[0]?.server?.secret?.reveal(), 'hush-2');
    assert.equal(member?.overrides?.fields.server?.secret?.reveal(), 'hush-3');
  });

  it('refuses what a squad cannot be, and names the field', async () => {
    const stranger = '018f0000-0000-7000-8000-00000000000a';
    const cases: [object, unknown][] = [
      [{}, ['members must be an array']],
      [{ members: [] }, ['members must contain at least 1 elements']],
      [{ members: [{}] }, ['members.0.assistantId must be a UUID']],
      [{ members: [{ assistantId, x: 1 }] }, ['members.0.property x should not exist']],
      [
        { members: [{ assistantId, assistantDestinations: [{ type: 'assistant' }] }] },
        ['members.0.assistantDestinations.0.assistantName must be a string'],
      ],
      [
        { members: [{ assistant: { model: { provider: 'vapi', tools: [{ type: 'endCall', foo: 1 }] } } }] },
        ['members.0.assistant.model.tools.0.property foo should not exist'],
      ],
      [
        { members: [{ assistant: { hooks: [{ server: { secret: 's' } }] } }] },
        ['members.0.assistant.hooks.0.server.property secret should not exist'],
      ],
      [
        { members: [{ assistantId: stranger }] },
        `Couldn't Get Assistant. \`assistantId\` ${stranger} Does Not Exist.`,
      ],
      [
        { members: [{ assistant: { server: { url: 'https://a.example', credentialId: stranger } } }] },
        `Couldn't Get Credential. \`credentialId\` ${stranger} Does Not Exist.`,
      ],
    ];
    for (const [body, message] of cases) {
      const refused = await send('POST', '/squad', body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.deepEqual(refused.body.message, message);
    }
    const { body } = await send('POST', '/squad', full());
    assert.equal((await send('PATCH', `/squad/${body.id}`, { members: null })).status, 400);
  });

  it('lists newest first and gives back what it deletes', async () => {
    exchange.clock.advance(1);
    const older = await send('POST', '/squad', full());
    exchange.clock.advance(1);
    const newest = await send('POST', '/squad', full());
    const listed = (await send('GET', '/squad?limit=2')).body as unknown as Json[];
    assert.deepEqual(listed, [newest.body, older.body]);
    assert.deepEqual((await send('DELETE', `/squad/${older.body.id}`)).body, older.body);
    assert.equal((await send('GET', `/squad/${older.body.id}`)).status, 404);
    assert.equal((await send('DELETE', `/squad/${older.body.id}`)).status, 404);
  });
});
