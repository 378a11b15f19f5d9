import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handoffAnswer, transferAnswer } from './destination-answer.ts';

const ORIGIN = { orgId: '018f0000-0000-7000-8000-000000000001', now: 0 };
const ID = '018f0000-0000-7000-8000-00000000000a';
const reply = (body: unknown, status = 200) => ({ status, body: JSON.stringify(body) });

test('a transfer goes to a number, a SIP URI or a member of the squad, with a sentence before it', () => {
  const number = { type: 'number', number: '+14155550123' };
  const message = { type: 'request-start', content: 'One moment.' };
  assert.deepEqual(transferAnswer(reply({ destination: number, message }), ORIGIN), {
    destination: { ...number, e164CheckEnabled: true },
    message: 'One moment.',
  });
  const assistant = { type: 'assistant', assistantName: 'Billing', transferMode: 'delete-history' };
  assert.deepEqual(transferAnswer(reply({ messageResponse: { destination: assistant } }), ORIGIN), {
    destination: { type: 'agent', agentName: 'Billing', transferMode: 'delete-history', settings: {} },
  });
});

test('a handoff goes to an assistant, stored or given in place, or to a squad', () => {
  const given = { type: 'assistant', assistant: { name: 'Night' }, contextEngineeringPlan: { type: 'none' } };
  const answer = handoffAnswer(reply({ destination: given }), ORIGIN);
  assert.ok('destination' in answer && answer.destination.type === 'agent');
  assert.equal(answer.destination.agent?.name, 'Night');
  assert.deepEqual(answer.destination.contextPlan, { type: 'none' });
  assert.deepEqual(
    handoffAnswer(reply({ destination: { type: 'squad', squadId: ID, entryAssistantName: 'B' } }), ORIGIN),
    { destination: { type: 'agent', agentName: 'B', squadId: ID, settings: {} } },
  );
});

const REFUSED: [string, unknown, number, RegExp][] = [
  ['status 500', { destination: { type: 'number', number: '+14155550123' } }, 500, /HTTP status 500/],
  ['an error, which outranks the destination', { error: 'closed', destination: {} }, 200, /^closed$/],
  ['no destination', {}, 200, /names no destination/],
  ['a list', [], 200, /no JSON object/],
  ['a number that is none', { destination: { type: 'number', number: '5' } }, 200, /destination\.number/],
  ['an unknown kind', { destination: { type: 'mail' } }, 200, /destination/],
  [
    'unknown keys',
    { destination: { type: 'sip', sipUri: 'sip:a@b', x: 1 } },
    200,
    /property x should not exist/,
  ],
];

for (const [name, body, status, error] of REFUSED) {
  test(`${name} moves nobody`, () => {
    const answer = transferAnswer(reply(body, status), ORIGIN);
    assert.ok('error' in answer);
    assert.match(answer.error, error);
  });
}
