import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentTool, ToolDestination } from '../../domain/agents/agent.ts';
import { namedDestination } from './destination-names.ts';
import { handoffTool, transferTool } from './move-tool.ts';

const number: ToolDestination = {
  type: 'number',
  number: '+14155550100',
  e164CheckEnabled: true,
  description: 'billing',
};
const sip: ToolDestination = { type: 'sip', sipUri: 'sip:sales@example.com' };
const agent: ToolDestination = { type: 'agent', agentName: 'Kitchen Désk', settings: {} };
const dynamic: ToolDestination = { type: 'dynamic', settings: {} };
const tool = (type: string, destinations: ToolDestination[]): AgentTool => ({
  type,
  destinations,
  settings: {},
});

test('a transfer tells the model where to it can go, and when', () => {
  const { definition } = transferTool(tool('transferCall', [number, sip, agent]));
  assert.equal(definition.name, 'transferCall');
  assert.match(
    definition.description ?? '',
    /- \+14155550100: billing\n- sip:sales@example\.com\n- Kitchen Désk$/,
  );
  assert.deepEqual(definition.parameters, {
    type: 'object',
    properties: {
      destination: {
        type: 'string',
        enum: ['+14155550100', 'sip:sales@example.com', 'Kitchen Désk'],
        description: 'Where to.',
      },
    },
    required: ['destination'],
  });
});

test('a transfer without destinations asks nothing of the model: the server is to say where to', () => {
  const { definition } = transferTool({ type: 'transferCall', settings: {} });
  assert.deepEqual(definition.parameters, { type: 'object', properties: {} });
});

test('a handoff is named after its first destination, in letters that models take', () => {
  const { definition } = handoffTool(tool('handoff', [agent, dynamic]));
  assert.equal(definition.name, 'handoff_to_Kitchen_D_sk');
  assert.match(JSON.stringify(definition.parameters), /"enum":\["Kitchen Désk","dynamic"\]/);
  const long = handoffTool(tool('handoff', [{ type: 'agent', agentId: 'x'.repeat(99), settings: {} }]));
  assert.equal(long.definition.name?.length, 64);
});

test('name, description and parameters of the agent stand above ours', () => {
  const own = {
    name: 'route',
    description: 'Routes.',
    parameters: { type: 'object', properties: { a: {} } },
  };
  const { definition } = handoffTool({ ...tool('handoff', [agent]), ...own });
  assert.deepEqual(
    [definition.name, definition.description, definition.parameters],
    [own.name, own.description, own.parameters],
  );
});

test('the destination is the one that is named, in any case; the only one need not be', () => {
  const three = tool('transferCall', [number, sip, agent]);
  assert.equal(namedDestination(three, { destination: '+14155550100' }), number);
  assert.equal(namedDestination(three, { destination: ' KITCHEN DÉSK ' }), agent);
  for (const input of [undefined, null, 'x', {}, { destination: 7 }, { destination: 'nobody' }]) {
    assert.equal(namedDestination(three, input), undefined);
  }
  const one = tool('transferCall', [sip]);
  assert.equal(namedDestination(one, {}), sip);
  assert.equal(namedDestination(one, { destination: 'nobody' }), undefined, 'a wrong name is no guess');
});
