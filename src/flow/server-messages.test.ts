import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT, sceneOf } from '../../test/support/served-scene.ts';
import type { NewDelivery } from '../domain/deliveries/delivery.ts';
import {
  composed,
  type FurtherMessages,
  type ServerMessages,
  type ServerToolCall,
} from './server-messages.ts';

const delivery = (id: string) => ({ id }) as NewDelivery;
const toolCall = (id: string, type: string): ServerToolCall => ({
  id,
  name: type,
  arguments: {},
  tool: { type, settings: {} },
});

test('several ways to tell of a call are one: all tell, and each runs its own tools', async () => {
  const asked: string[][] = [];
  const asking = {
    deliveriesOf: () => [delivery('first')],
    callTools: async (calls: ServerToolCall[]) => {
      asked.push(calls.map(({ id }) => id));
      return calls.map(({ id }) => ({ id, result: 'asked' }));
    },
  } as unknown as ServerMessages;
  const own: FurtherMessages = {
    deliveriesOf: () => [delivery('second')],
    tools: {
      includes: ({ type }) => type === 'external',
      call: async ({ id }) => ({ id, result: 'own' }),
    },
  };
  const messages = composed(asking, own, { deliveriesOf: () => [] });
  const told = messages.deliveriesOf({ type: 'call-reported' }, sceneOf(), AT);
  assert.deepEqual(
    told.map(({ id }) => id),
    ['first', 'second'],
  );
  const calls = [toolCall('a', 'function'), toolCall('b', 'external'), toolCall('c', 'function')];
  const results = await messages.callTools(calls, sceneOf(), new AbortController().signal);
  assert.deepEqual(Object.fromEntries(results.map(({ id, result }) => [id, result])), {
    a: 'asked',
    b: 'own',
    c: 'asked',
  });
  assert.deepEqual(asked, [['a', 'c']]);
});
