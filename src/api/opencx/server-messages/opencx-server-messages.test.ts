import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENT, AT, sceneOf } from '../../../../test/support/served-scene.ts';
import { opencxServerMessages } from './opencx-server-messages.ts';

const agent = {
  ...AGENT,
  dataCollection: { fields: [{ name: 'email' }], webhookUrl: 'https://customer.example/data' },
};

test('what was collected is delivered after the call', () => {
  const scene = sceneOf({ agent }, { collected: { email: 'ann@example.com' } });
  const [delivery, ...more] = opencxServerMessages.deliveriesOf({ type: 'call-reported' }, scene, AT);
  assert.equal(more.length, 0);
  assert.equal(delivery?.server.url, 'https://customer.example/data');
  assert.deepEqual(JSON.parse(delivery?.body ?? ''), {
    phone_agent_id: agent.id,
    session_id: scene.call.id,
    data: { email: 'ann@example.com' },
  });
});

test('nothing is delivered before the end, without data, or without a URL', () => {
  const collected = { email: 'ann@example.com' };
  const cases = [
    opencxServerMessages.deliveriesOf({ type: 'status-changed' }, sceneOf({ agent }, { collected }), AT),
    opencxServerMessages.deliveriesOf({ type: 'call-reported' }, sceneOf({ agent }), AT),
    opencxServerMessages.deliveriesOf({ type: 'call-reported' }, sceneOf({}, { collected }), AT),
  ];
  assert.deepEqual(cases, [[], [], []]);
});
