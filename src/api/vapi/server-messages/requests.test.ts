import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, AT, NUMBER, sceneOf, server, without } from '../../../../test/support/served-scene.ts';
import type { AgentTool } from '../../../domain/agents/agent.ts';
import type { ServerClient, ServerReply, ServerToolCall } from '../../../flow/server-messages.ts';
import { FakeClock } from '../../../lib/fake-clock.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { vapiServerMessages } from './vapi-server-messages.ts';

type Json = Record<string, unknown>;
type Post = ServerClient['post'];

const ALL = new AbortController().signal;

interface Posted {
  url: string;
  message: Json;
  options: Parameters<Post>[2];
}

/** Server messages over a server that answers as `reply` says. */
function messagesWith(reply: (posted: Posted) => ServerReply | Promise<ServerReply>) {
  const posted: Posted[] = [];
  const post: Post = async ({ url }, body, options) => {
    const request = { url, message: (JSON.parse(body) as { message: Json }).message, options };
    posted.push(request);
    assert.equal(body.includes('hush'), false, 'a secret went out');
    return reply(request);
  };
  const clock = new FakeClock(AT + 5000);
  const publicUrl = () => 'https://exchange.test';
  return { posted, messages: vapiServerMessages({ post, clock, publicUrl, logger: silentLogger }) };
}

test('an assistant-request goes to the number’s server, else the org’s, with 7.5 seconds and no retry', async () => {
  const { posted, messages } = messagesWith(() => ({
    status: 200,
    body: JSON.stringify({ assistantId: AGENT.id }),
  }));
  const number = { ...NUMBER, server: server('number', { timeoutSeconds: 60 }) };
  const scene = sceneOf({ agent: undefined, number }, { status: 'ringing' });
  const { agentId: _, ...unrouted } = scene.call;
  const answer = await messages.requestAssistant({ ...scene, call: unrouted }, ALL);
  assert.ok(answer.kind === 'agent');
  await messages.requestAssistant({ ...scene, number: without(NUMBER, 'server') }, ALL);
  const [first, second] = posted;
  assert.deepEqual([first?.url, second?.url], ['https://number.example/hook', 'https://org.example/hook']);
  assert.equal(messages.assistantServer(scene)?.url, 'https://number.example/hook');
  assert.equal(first?.options.timeoutMs, 7500);
  assert.ok(!first?.options.retry);
  const { type, call, customer, phoneNumber } = (first?.message ?? {}) as Record<string, Json>;
  assert.equal(type, 'assistant-request');
  assert.deepEqual([call?.assistantId, call?.squadId, call?.status], [null, null, 'ringing']);
  assert.equal(call?.phoneNumberId, NUMBER.id);
  assert.equal(customer?.number, '+14155550123');
  assert.equal(phoneNumber?.sipUri, 'sip:desk@sip.exchange.test');
});

test('an assistant-request that reaches nobody has failed, whatever the reason', async () => {
  const { messages } = messagesWith(() => Promise.reject(new Error('connect ECONNREFUSED')));
  const answer = await messages.requestAssistant(sceneOf({ agent: undefined }), ALL);
  assert.deepEqual(answer, {
    kind: 'failed',
    failure: { reason: 'assistant-request-failed', detail: 'connect ECONNREFUSED' },
  });
  const nobody = sceneOf({ number: undefined, org: undefined });
  const unasked = await messages.requestAssistant(nobody, ALL);
  assert.ok(unasked.kind === 'failed' && unasked.failure.reason === 'assistant-request-failed');
});

const toolCall = (id: string, extra: Partial<AgentTool> = {}): ServerToolCall => ({
  id,
  name: 'book',
  arguments: { day: 'monday' },
  tool: { type: 'function', name: 'book', settings: {}, ...extra },
});

test('tool calls go to their own servers in one message each, and their results come back in order', async () => {
  const { posted, messages } = messagesWith(({ message }) => {
    const list = message.toolCallList as { id: string }[];
    const results = list.map(({ id }) => ({ toolCallId: id, result: `done ${id}` })).reverse();
    return { status: 200, body: JSON.stringify({ results }) };
  });
  const own = () => server('tool', { timeoutSeconds: 3, backoffPlan: { maxRetries: 2 } });
  const calls = [
    toolCall('c1', { server: own() }),
    toolCall('c2'),
    toolCall('c3', { server: own() }),
    toolCall('c4', { server: server('tool', { headers: { 'x-team': 'b' } }) }),
  ];
  const results = await messages.callTools(calls, sceneOf(), ALL);
  assert.deepEqual(
    results.map(({ id, result }) => `${id}: ${result}`),
    ['c1: done c1', 'c2: done c2', 'c3: done c3', 'c4: done c4'],
  );
  assert.deepEqual(
    posted.map(({ url, message }) => [url, (message.toolCallList as Json[]).map(({ id }) => id)]),
    [
      ['https://tool.example/hook', ['c1', 'c3']],
      ['https://agent.example/hook', ['c2']],
      ['https://tool.example/hook', ['c4']],
    ],
  );
  const [first, second] = posted;
  assert.equal(first?.options.timeoutMs, 3000);
  assert.equal(second?.options.timeoutMs, 20_000);
  assert.equal(first?.options.retry, true);
  const { type, toolCalls, toolCallList, toolWithToolCallList } = (first?.message ?? {}) as Json;
  assert.equal(type, 'tool-calls');
  assert.deepEqual(toolCalls, toolCallList);
  assert.deepEqual((toolCallList as Json[])[0], {
    id: 'c1',
    type: 'function',
    function: { name: 'book', arguments: { day: 'monday' } },
    name: 'book',
    parameters: { day: 'monday' },
  });
  const [withTool] = toolWithToolCallList as Json[];
  assert.deepEqual(withTool?.toolCall, (toolCallList as Json[])[0]);
  assert.equal((withTool?.server as Json | undefined)?.url, 'https://tool.example/hook');
});

test('the tools of one dead server fail, those of another do not', async () => {
  const { messages } = messagesWith(({ url }) => {
    if (url.includes('dead')) throw new Error('no answer within 3000 ms');
    return { status: 200, body: '{"results":[{"result":"ok"}]}' };
  });
  const calls = [toolCall('c1', { server: server('dead') }), toolCall('c2', { server: server('tool') })];
  assert.deepEqual(await messages.callTools(calls, sceneOf(), ALL), [
    { id: 'c1', error: 'no answer within 3000 ms' },
    { id: 'c2', result: 'ok' },
  ]);
  const nobody = sceneOf({ agent: undefined, number: undefined, org: undefined });
  const [alone] = await messages.callTools([toolCall('c1')], nobody, ALL);
  assert.match(String(alone?.error), /no server to ask/);
});

test('destinations are asked of the tool’s server, a handoff’s of the destination’s own', async () => {
  const { posted, messages } = messagesWith(() => ({
    status: 200,
    body: JSON.stringify({ destination: { type: 'assistant', assistantName: 'Billing' } }),
  }));
  const tool: AgentTool = { type: 'transferCall', server: server('tool'), settings: {} };
  const moved = await messages.requestTransferDestination(tool, sceneOf(), ALL);
  assert.ok('destination' in moved);
  const dynamic: AgentTool = {
    type: 'handoff',
    server: server('tool'),
    destinations: [{ type: 'dynamic', server: server('dynamic'), settings: {} }],
    settings: {},
  };
  await messages.requestHandoffDestination(dynamic, { topic: 'bill' }, sceneOf(), ALL);
  assert.deepEqual(
    posted.map(({ url, message }) => [url, message.type, message.parameters]),
    [
      ['https://tool.example/hook', 'transfer-destination-request', undefined],
      ['https://dynamic.example/hook', 'handoff-destination-request', { topic: 'bill' }],
    ],
  );
});

test('a destination that nobody tells moves nobody', async () => {
  const { messages } = messagesWith(() => Promise.reject(new Error('reset')));
  const tool: AgentTool = { type: 'transferCall', settings: {} };
  assert.deepEqual(await messages.requestTransferDestination(tool, sceneOf(), ALL), { error: 'reset' });
});
