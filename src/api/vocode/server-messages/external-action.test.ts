import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { AT, sceneOf } from '../../../../test/support/served-scene.ts';
import type { AgentTool } from '../../../domain/agents/agent.ts';
import type { ServerClient, ServerReply } from '../../../flow/server-messages.ts';
import { FakeClock } from '../../../lib/fake-clock.ts';
import { Secret } from '../../../lib/secret.ts';
import { callExternal, externalResult } from './external-action.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
const TOOL: AgentTool = {
  type: 'external',
  name: 'book',
  settings: {},
  external: {
    url: 'https://customer.example/book',
    signatureSecret: new Secret(KEY.toString('base64')),
    speakOnSend: false,
    speakOnReceive: true,
    processingMode: 'muted',
  },
};

const SCENE = sceneOf();

async function called(input: unknown, answer: () => Promise<ServerReply>) {
  const asked: Parameters<ServerClient['post']>[] = [];
  const post: ServerClient['post'] = (...args) => {
    asked.push(args);
    return answer();
  };
  const result = await callExternal(
    { id: 't1', tool: TOOL, name: 'book', arguments: input },
    SCENE,
    new AbortController().signal,
    { post, clock: new FakeClock(AT) },
  );
  return { result, asked };
}

describe('an external action', () => {
  test('is posted with the call and the arguments, signed over the very body', async () => {
    const { result, asked } = await called({ day: 'Monday' }, async () => ({
      status: 200,
      body: '{"result":{"ok":true},"agent_message":"Monday it is."}',
    }));
    const [server, body, { timeoutMs }] = asked[0] ?? assert.fail('nothing was asked');
    assert.deepEqual(JSON.parse(body), { call_id: SCENE.call.id, payload: { day: 'Monday' } });
    assert.equal(server.url, 'https://customer.example/book');
    const expected = createHmac('sha256', KEY).update(body).digest('base64');
    assert.equal(server.headers?.['x-vocode-signature'], expected);
    assert.equal(timeoutMs, 10_000);
    assert.deepEqual(result, { id: 't1', result: '{"ok":true}', message: 'Monday it is.' });
  });

  test('that is refused or gets no answer is told to the model', async () => {
    const refused = await called({}, async () => ({ status: 500, body: 'oops' }));
    assert.deepEqual(refused.result, { id: 't1', error: 'the server answered 500.' });
    const silent = await called(undefined, async () => Promise.reject(new Error('no answer within 10 s')));
    assert.deepEqual(silent.result, { id: 't1', error: 'no answer within 10 s' });
    assert.deepEqual(JSON.parse(silent.asked[0]?.[1] ?? '').payload, {});
  });

  const answers: [string, object][] = [
    ['not json', { error: 'the answer of the server is no JSON.' }],
    ['[1]', { error: 'the answer of the server is no JSON object.' }],
    ['null', { error: 'the answer of the server is no JSON object.' }],
    ['{}', { result: '{}' }],
    ['{"result":"sunny","agent_message":null}', { result: 'sunny' }],
    ['{"result":null}', { result: 'null' }],
  ];
  for (const [text, expected] of answers)
    test(`understands the answer ${text}`, () => assert.deepEqual(externalResult(text), expected));
});
