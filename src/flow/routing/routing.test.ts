import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agent } from '../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { findNumber } from './find-number.ts';
import { ignoredAgentFields, ignoredNumberFields } from './ignored-fields.ts';
import { routeCall } from './route-call.ts';

const NUMBER: PhoneNumber = {
  id: 'n1',
  orgId: 'o1',
  carrier: 'sip',
  e164CheckEnabled: true,
  status: 'active',
  binding: {},
  extras: {},
  createdAt: 0,
  updatedAt: 0,
};
const AGENT: Agent = { id: 'a1', orgId: 'o1', extras: {}, createdAt: 0, updatedAt: 0 };
const agents = {
  get: async (orgId: string, id: string) => (orgId === 'o1' && id === 'a1' ? AGENT : undefined),
};

function directory(sipUsers: Record<string, string>, addresses: Record<string, string>) {
  const make = (id: string | undefined) => (id === undefined ? undefined : { ...NUMBER, id });
  return {
    findBySipUser: async (user: string) => make(sipUsers[user.toLowerCase()]),
    findByAddress: async (address: string) => {
      const found = make(addresses[address]);
      return found ? [found] : [];
    },
  };
}

test('an INVITE finds its number by SIP user first, then by digits with or without plus', async () => {
  const numbers = directory(
    { demo: 'by-user', '4915112345678': 'uri-of-digits' },
    { '+12025550123': 'did', '1234': 'extension' },
  );
  assert.equal((await findNumber(numbers, 'Demo'))?.id, 'by-user');
  assert.equal((await findNumber(numbers, '12025550123'))?.id, 'did');
  assert.equal((await findNumber(numbers, '+12025550123'))?.id, 'did');
  assert.equal((await findNumber(numbers, '4915112345678'))?.id, 'uri-of-digits');
  assert.equal((await findNumber(numbers, '1234'))?.id, 'extension');
  assert.equal(await findNumber(numbers, 'nobody'), undefined);
  assert.equal(await findNumber(numbers, ''), undefined);
});

const ROUTES: [string, Partial<PhoneNumber>, string][] = [
  ['a bound agent answers', { binding: { agentId: 'a1' } }, 'agent'],
  ['a deleted agent', { binding: { agentId: 'gone' } }, 'assistant-not-found'],
  ["another org's agent", { orgId: 'o2', binding: { agentId: 'a1' } }, 'assistant-not-found'],
  ['a squad', { binding: { squadId: 's1' } }, 'call.start.error-get-resources-validation'],
  ['a workflow', { binding: { workflowId: 'w1' } }, 'call.start.error-get-resources-validation'],
  ['a server only', { server: { url: 'https://example.com' } }, 'assistant-request-failed'],
  ['nothing bound', {}, 'call-start-error-neither-assistant-nor-server-set'],
];

for (const [name, fields, expected] of ROUTES) {
  test(`${name} gives ${expected}`, async () => {
    const route = await routeCall({ ...NUMBER, ...fields }, agents);
    assert.equal(route.kind === 'agent' ? 'agent' : route.reason, expected);
    assert.notEqual(route.why, '');
  });
}

test('the agent outranks squad and workflow', async () => {
  const binding = { agentId: 'a1', squadId: 's1', workflowId: 'w1' };
  assert.equal((await routeCall({ ...NUMBER, binding }, agents)).kind, 'agent');
});

test('fields without effect yet are named, and only those that are set', () => {
  const number: PhoneNumber = {
    ...NUMBER,
    hooks: [{ on: 'call.ringing', actions: [{ type: 'say', exact: 'closed' }] }],
    fallbackDestination: { type: 'number', number: '+12025550123', e164CheckEnabled: true },
  };
  assert.deepEqual(
    ignoredNumberFields(number).map(({ field }) => field),
    ['hooks', 'fallbackDestination'],
  );
  assert.deepEqual(ignoredNumberFields(NUMBER), []);
  const agent: Agent = {
    ...AGENT,
    brain: {
      provider: 'openai',
      messages: [],
      tools: [
        { type: 'endCall', settings: { messages: [{ type: 'request-start' }] } },
        { type: 'transferCall', settings: {} },
      ],
      toolIds: [],
      settings: {},
    },
    extras: { vapi: { backgroundSound: 'off', hooks: [], analysisPlan: { summaryPlan: {} } } },
  };
  assert.deepEqual(
    ignoredAgentFields(agent).map(({ field }) => field),
    [
      'assistant.analysisPlan',
      'assistant.model.tools.endCall.messages',
      'assistant.model.tools.transferCall',
    ],
  );
});
