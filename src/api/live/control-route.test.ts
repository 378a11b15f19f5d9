import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeLiveCall } from '../../../test/support/fake-live-call.ts';
import { type HttpExchange, openHttpExchange } from '../../../test/support/http-exchange.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import { ExchangeError } from '../../domain/errors.ts';
import { newMonitorToken } from '../../flow/live/live-calls.ts';

const AGENT_ID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

describe('POST /live/{token}/control', () => {
  let exchange: HttpExchange;
  let live: FakeLiveCall;
  let url: string;

  before(async () => {
    exchange = await openHttpExchange();
  });
  after(() => exchange.close());
  beforeEach(() => {
    const token = newMonitorToken();
    live = new FakeLiveCall(liveCall(exchange.orgId, 0));
    exchange.live.add(token, live);
    url = `/live/${token}/control`;
  });
  const post = (body: unknown, headers: Record<string, string> = { authorization: '' }) =>
    exchange.inject('POST', url, body, { headers });

  for (const [body, command] of [
    [
      { type: 'say', content: 'Hello.' },
      { type: 'say', content: 'Hello.', endCallAfterSpoken: false },
    ],
    [
      { type: 'say', message: 'Bye.', endCallAfterSpoken: true, interruptAssistantEnabled: true },
      { type: 'say', content: 'Bye.', endCallAfterSpoken: true },
    ],
    [
      { type: 'add-message', message: { role: 'developer', content: 'Be brief.' } },
      { type: 'add-message', message: { role: 'system', content: 'Be brief.' }, respond: true },
    ],
    [
      { type: 'add-message', message: { role: 'user', content: 'Hi.' }, triggerResponseEnabled: false },
      { type: 'add-message', message: { role: 'user', content: 'Hi.' }, respond: false },
    ],
    [
      { type: 'control', control: 'mute-assistant' },
      { type: 'mute', muted: true },
    ],
    [
      { type: 'control', control: 'unmute-assistant' },
      { type: 'mute', muted: false },
    ],
    [{ type: 'control', control: 'say-first-message' }, { type: 'say-first-message' }],
    [{ type: 'end-call' }, { type: 'end-call' }],
    [
      { type: 'transfer', destination: { type: 'number', number: '+14155550199' } },
      {
        type: 'move',
        destination: { type: 'number', number: '+14155550199', e164CheckEnabled: true },
      },
    ],
    [
      { type: 'transfer', destination: { type: 'sip', sipUri: 'sip:a@b.example', message: '' } },
      { type: 'move', destination: { type: 'sip', sipUri: 'sip:a@b.example', message: '' } },
    ],
    [
      { type: 'transfer', content: 'Wait.', destination: { type: 'sip', sipUri: 'sip:a@b.example' } },
      { type: 'move', destination: { type: 'sip', sipUri: 'sip:a@b.example' }, content: 'Wait.' },
    ],
    [
      { type: 'handoff', content: 'Bye.', destination: { type: 'assistant', assistantId: AGENT_ID } },
      {
        type: 'move',
        destination: { type: 'agent', settings: {}, agentId: AGENT_ID },
        content: 'Bye.',
      },
    ],
    [
      {
        type: 'handoff',
        destination: {
          type: 'squad',
          squadId: AGENT_ID,
          entryAssistantName: 'Sales',
          contextEngineeringPlan: { type: 'lastNMessages', maxMessages: 3 },
        },
      },
      {
        type: 'move',
        destination: {
          type: 'agent',
          settings: {},
          squadId: AGENT_ID,
          agentName: 'Sales',
          contextPlan: { type: 'lastNMessages', maxMessages: 3 },
        },
      },
    ],
  ])
    it(`gives the call the command ${JSON.stringify(body)}`, async () => {
      const reply = await post(body);
      assert.deepEqual([reply.status, reply.body], [200, { success: true }]);
      assert.deepEqual(live.commands, [command]);
    });

  for (const [body, message] of [
    [{}, 'type must be'],
    [{ type: 'dance' }, 'type must be'],
    [{ type: 'say' }, 'content must be a string'],
    [{ type: 'say', content: 5 }, 'content must be a string'],
    [{ type: 'say', content: 'x'.repeat(4001) }, 'content must be shorter than or equal to 4000 characters'],
    [{ type: 'say', content: 'Hi.', loud: true }, 'property loud should not exist'],
    [{ type: 'add-message', message: 'Hi.' }, 'message must be an object'],
    [{ type: 'add-message', message: { role: 'tool', content: 'x' } }, 'message.role must be one of'],
    [{ type: 'control', control: 'mute-customer' }, 'control must be one of the following values'],
    [{ type: 'transfer' }, 'destination must be'],
    [
      { type: 'transfer', destination: { type: 'number', number: '12' } },
      'destination.number must be longer than or equal to 3 characters',
    ],
    [
      { type: 'transfer', destination: { type: 'sip', sipUri: 'sip:a@b\r\nX: 1' } },
      'destination.sipUri must not contain control characters',
    ],
    [{ type: 'handoff', destination: { type: 'assistant' } }, 'destination.assistantName must be a string'],
    [{ type: 'handoff', destination: { type: 'dynamic' } }, 'destination.type must be'],
    [
      { type: 'handoff', destination: { type: 'assistant', assistant: { voice: 5 } } },
      'destination.assistant.voice must be',
    ],
  ] as const)
    it(`names the field: ${message}`, async () => {
      const reply = await post(body);
      assert.equal(reply.status, 400);
      const [first] = (reply.body as { message: string[] }).message;
      assert.ok(first?.startsWith(message), first);
      assert.deepEqual(live.commands, []);
    });

  it('knows no call that is not up, and reads no body for it', async () => {
    url = `/live/${newMonitorToken()}/control`;
    const reply = await post({ type: 'end-call' });
    assert.equal(reply.status, 404);
    assert.deepEqual(reply.body, {
      message: 'There is no such live call; it may have ended.',
      error: 'Not Found',
      statusCode: 404,
    });
    const { payload } = await exchange.server.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json' },
      payload: '{broken',
    });
    assert.equal(JSON.parse(payload).statusCode, 404);
  });

  it('obeys the monitorPlan of the agent that speaks', async () => {
    live.monitorPlan = { controlEnabled: false };
    const barred = await post({ type: 'end-call' });
    assert.equal(barred.status, 403);
    assert.match((barred.body as { message: string }).message, /controlEnabled/);
    live.monitorPlan = { controlAuthenticationEnabled: true, listenEnabled: false };
    assert.equal((await post({ type: 'end-call' })).status, 401);
    const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
    assert.equal((await post({ type: 'end-call' }, bearer('no-key'))).status, 401);
    assert.equal((await post({ type: 'end-call' }, bearer(exchange.otherKey))).status, 404);
    assert.deepEqual(live.commands, []);
    assert.equal((await post({ type: 'end-call' }, bearer(exchange.key))).status, 200);
    assert.deepEqual(live.commands, [{ type: 'end-call' }]);
  });

  it('takes twenty commands a second, however many are sent, and more in the next', async () => {
    const replies = await Promise.all(Array.from({ length: 30 }, () => post({ type: 'end-call' })));
    assert.equal(replies.filter(({ status }) => status === 200).length, 20);
    assert.equal(replies.filter(({ status }) => status === 429).length, 10);
    assert.equal(live.commands.length, 20);
    exchange.clock.advance(1000);
    assert.equal((await post({ type: 'end-call' })).status, 200);
  });

  it('answers any body with what it did or why not, and never breaks', async () => {
    const keys = fc.constantFrom(
      'type',
      'content',
      'message',
      'destination',
      'control',
      'number',
      'assistant',
    );
    const types = fc.constantFrom(
      'say',
      'add-message',
      'control',
      'end-call',
      'transfer',
      'handoff',
      'number',
      'sip',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        types,
        fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(types, fc.dictionary(keys, tree), async (type, rest) => {
        exchange.clock.advance(1000);
        live.commands.length = 0;
        const { status, body } = await post({ ...rest, type });
        assert.equal(live.commands.length, status === 200 ? 1 : 0);
        if (status !== 200)
          assert.deepEqual([status, (body as { statusCode: number }).statusCode], [400, 400]);
      }),
      { numRuns: 500 },
    );
  });

  it('says when the call cannot take the command', async () => {
    live.refusal = new ExchangeError('agent-absent', 'No assistant is on the line at the moment.');
    const reply = await post({ type: 'say', content: 'Hello.' });
    assert.deepEqual(reply.body, {
      message: 'No assistant is on the line at the moment.',
      error: 'Conflict',
      statusCode: 409,
    });
  });
});
