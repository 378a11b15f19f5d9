import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AssistantAnswer } from '../../../flow/server-messages.ts';
import { assistantAnswer } from './assistant-answer.ts';

const ORIGIN = { orgId: '018f0000-0000-7000-8000-000000000001', now: 1_700_000_000_000 };
const AGENT_ID = '018f0000-0000-7000-8000-00000000000a';
const SQUAD_ID = '018f0000-0000-7000-8000-00000000000b';

function answerTo(body: unknown, status = 200): AssistantAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return assistantAnswer({ status, body: text }, ORIGIN);
}

function failureOf(body: unknown, status?: number) {
  const answer = answerTo(body, status);
  assert.equal(answer.kind, 'failed', JSON.stringify(answer));
  return (answer as Extract<AssistantAnswer, { kind: 'failed' }>).failure;
}

test('a stored assistant answers, with what is laid over it', () => {
  const answer = answerTo({
    assistantId: AGENT_ID.toUpperCase(),
    assistantOverrides: {
      firstMessage: 'Hello {{name}}.',
      variableValues: { name: 'Ann' },
      backgroundSound: 'off',
      'tools:append': [{ type: 'endCall' }],
    },
  });
  assert.ok(answer.kind === 'agent');
  assert.equal(answer.agentId, AGENT_ID);
  assert.deepEqual(answer.overrides, {
    fields: { firstMessage: 'Hello {{name}}.' },
    extras: { vapi: { backgroundSound: 'off' } },
    variables: { name: 'Ann' },
    appendedTools: [{ type: 'endCall', settings: {} }],
  });
});

test('a transient assistant is made whole, its secrets kept and not shown in the record', () => {
  const answer = answerTo({
    assistant: {
      name: 'Desk',
      server: { url: 'https://a.example', secret: 'hush-1' },
      credentials: [{ provider: 'openai', apiKey: 'hush-2' }],
    },
  });
  assert.ok(answer.kind === 'transient-agent');
  assert.equal(answer.agent.name, 'Desk');
  assert.equal(answer.agent.orgId, ORIGIN.orgId);
  assert.equal(answer.agent.server?.secret?.reveal(), 'hush-1');
  assert.equal(answer.agent.vendorKeys?.openai?.reveal(), 'hush-2');
  assert.equal(JSON.stringify(answer.response).includes('hush'), false);
});

test('a stored squad answers, with the overrides of either name', () => {
  for (const key of ['squadOverrides', 'assistantOverrides']) {
    const answer = answerTo({ squadId: SQUAD_ID, [key]: { variableValues: { a: 1 } } });
    assert.ok(answer.kind === 'squad');
    assert.deepEqual([answer.squadId, answer.overrides?.variables], [SQUAD_ID, { a: 1 }]);
  }
});

test('a transient squad is made whole', () => {
  const answer = answerTo({
    squad: {
      members: [
        {
          assistant: { name: 'First' },
          assistantDestinations: [{ type: 'assistant', assistantName: 'Second' }],
        },
        { assistantId: AGENT_ID },
      ],
    },
  });
  assert.ok(answer.kind === 'transient-squad');
  const [first, second] = answer.squad.members;
  assert.equal(first?.agent?.name, 'First');
  assert.equal(first?.destinations[0]?.agentName, 'Second');
  assert.equal(second?.agentId, AGENT_ID);
});

test('a destination outranks every assistant', () => {
  const answer = answerTo({
    destination: { type: 'sip', sipUri: 'sip:desk@pbx.example', message: '' },
    assistantId: AGENT_ID,
  });
  assert.ok(answer.kind === 'destination');
  assert.deepEqual(answer.destination, { type: 'sip', sipUri: 'sip:desk@pbx.example', message: '' });
});

test('an error outranks everything, plain or as the object of an exception', () => {
  for (const error of ['We are   closed.', { message: 'We are closed.' }]) {
    const answer = answerTo({ error, assistantId: AGENT_ID, destination: { type: 'nonsense' } });
    assert.ok(answer.kind === 'error');
    assert.equal(answer.sentence, 'We are closed.');
  }
});

test('a workflow is told apart', () => {
  assert.equal(answerTo({ workflowId: SQUAD_ID }).kind, 'workflow');
  assert.equal(answerTo({ workflow: {} }).kind, 'workflow');
});

test("the vendor's wrapping and keys set to null change nothing", () => {
  const answer = answerTo({ messageResponse: { assistantId: AGENT_ID, error: null, squadId: null } });
  assert.equal(answer.kind, 'agent');
});

const FAILURES: [string, unknown, number, string, RegExp][] = [
  ['status 500', 'boom', 500, 'assistant-request-returned-error', /HTTP status 500/],
  ['a redirect', '', 302, 'assistant-request-returned-error', /302/],
  ['status 404 with an assistant', { assistantId: AGENT_ID }, 404, 'assistant-request-returned-error', /404/],
  ['no JSON', '<html>', 200, 'assistant-request-failed', /not valid JSON/],
  ['nothing at all', '', 200, 'assistant-request-failed', /empty/],
  ['too deep', `${'['.repeat(200)}${']'.repeat(200)}`, 200, 'assistant-request-failed', /nested deeper/],
  ['too long', `"${'x'.repeat(600_000)}"`, 200, 'assistant-request-failed', /longer than/],
  ['a list', '[]', 200, 'assistant-request-returned-no-assistant', /no JSON object/],
  ['null', 'null', 200, 'assistant-request-returned-no-assistant', /no JSON object/],
  ['an empty object', {}, 200, 'assistant-request-returned-no-assistant', /empty object/],
  ['other keys', { ok: true }, 200, 'assistant-request-returned-no-assistant', /It has: ok/],
  ['an empty error', { error: '' }, 200, 'assistant-request-returned-unspeakable-error', /sentence/],
  ['an error of dots', { error: ' ... ' }, 200, 'assistant-request-returned-unspeakable-error', /sentence/],
  ['a long error', { error: 'x'.repeat(1001) }, 200, 'assistant-request-returned-unspeakable-error', /1000/],
  ['an error number', { error: 7 }, 200, 'assistant-request-returned-unspeakable-error', /sentence/],
  [
    'an id that is none',
    { assistantId: 'desk' },
    200,
    'assistant-request-returned-invalid-assistant',
    /assistantId must be a UUID/,
  ],
  [
    'wrong fields, all of them named',
    { assistant: { foo: 1, maxDurationSeconds: 1 } },
    200,
    'assistant-request-returned-invalid-assistant',
    /assistant\.maxDurationSeconds must not be less than 10.*assistant\.property foo should not exist/,
  ],
  [
    'a wrong field deep in a tool',
    {
      assistant: {
        model: {
          provider: 'openai',
          model: 'm',
          tools: [{ type: 'transferCall', destinations: [{ type: 'x' }] }],
        },
      },
    },
    200,
    'assistant-request-returned-invalid-assistant',
    /assistant\.model\.tools\.0\.destinations\.0/,
  ],
  [
    'a server that is not http',
    { assistant: { server: { url: 'ftp://a.example' } } },
    200,
    'assistant-request-returned-invalid-assistant',
    /assistant\.server\.url must be a URL address/,
  ],
  [
    'wrong overrides',
    { assistantId: AGENT_ID, assistantOverrides: { nope: 1 } },
    200,
    'assistant-request-returned-invalid-assistant',
    /assistantOverrides\.property nope should not exist/,
  ],
  [
    'a squad of nobody',
    { squad: { members: [] } },
    200,
    'assistant-request-returned-invalid-assistant',
    /squad\.members must contain at least 1/,
  ],
  [
    'a destination that is none',
    { destination: { type: 'number', number: '12' } },
    200,
    'assistant-request-returned-invalid-assistant',
    /destination\.number/,
  ],
];

for (const [name, body, status, reason, detail] of FAILURES) {
  test(`${name} is ${reason}`, () => {
    const failure = failureOf(body, status);
    assert.equal(failure.reason, reason);
    assert.match(failure.detail, detail);
  });
}

test('the record keeps the answer without its secrets and within bounds', () => {
  const { response } = failureOf({
    assistant: {
      foo: 1,
      server: { headers: { Authorization: 'hush-1', 'x-vapi-secret': 'hush-2' }, secret: 'hush-3' },
      credentials: [{ provider: 'azure', region: 'hush-4' }, 'hush-5'],
    },
  });
  assert.equal(JSON.stringify(response).includes('hush'), false);
  assert.match(JSON.stringify(response), /"provider":"azure"/);
  const long = failureOf({ text: 'x'.repeat(100_000) });
  assert.ok(String(long.response).length < 17_000);
  assert.equal(failureOf('<html>sorry</html>', 502).response, '<html>sorry</html>');
});
