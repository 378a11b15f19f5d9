import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAIMED_PER_ENDPOINT, FAILING_AFTER, SendingSlots } from './sending-slots.ts';

function failing(slots: SendingSlots, key: string, times: number): void {
  for (let count = 0; count < times; count += 1) {
    slots.take(key);
    slots.note(key, false);
    slots.giveBack(key);
  }
}

test('an endpoint is closed while so many are under way that another claim would pass its limit', () => {
  const slots = new SendingSlots();
  for (let count = 0; count < CLAIMED_PER_ENDPOINT; count += 1) slots.take('a');
  assert.deepEqual(slots.closed(), []);
  slots.take('a');
  slots.take('b');
  assert.deepEqual(slots.closed(), ['a']);
  assert.equal(slots.total, CLAIMED_PER_ENDPOINT + 2);
  slots.giveBack('a');
  assert.deepEqual(slots.closed(), []);
  assert.equal(slots.total, CLAIMED_PER_ENDPOINT + 1);
});

test('an endpoint that fails again and again is tried one by one until it answers', () => {
  const slots = new SendingSlots();
  failing(slots, 'a', FAILING_AFTER - 1);
  assert.deepEqual(slots.closed(), []);
  failing(slots, 'a', 1);
  assert.deepEqual([slots.closed(), slots.idleFailing()], [['a'], ['a']]);
  slots.take('a');
  assert.deepEqual([slots.closed(), slots.idleFailing()], [['a'], []], 'one is under way');
  slots.note('a', true);
  slots.giveBack('a');
  assert.deepEqual([slots.closed(), slots.idleFailing()], [[], []]);
});

test('an endpoint is open while something of it may be claimed: a busy one not, a failing one for one try', () => {
  const slots = new SendingSlots();
  assert.equal(slots.isOpen('a'), true);
  for (let count = 0; count < CLAIMED_PER_ENDPOINT; count += 1) slots.take('a');
  assert.equal(slots.isOpen('a'), true);
  slots.take('a');
  assert.equal(slots.isOpen('a'), false);
  slots.giveBack('a');
  assert.equal(slots.isOpen('a'), true);
  failing(slots, 'b', FAILING_AFTER);
  assert.equal(slots.isOpen('b'), true);
  slots.take('b');
  assert.equal(slots.isOpen('b'), false);
  slots.note('b', true);
  assert.equal(slots.isOpen('b'), true);
});

test('what was given up by us says nothing of the endpoint', () => {
  const slots = new SendingSlots();
  failing(slots, 'a', FAILING_AFTER);
  slots.take('a');
  slots.giveBack('a');
  assert.deepEqual(slots.idleFailing(), ['a']);
});

test('of very many failing endpoints the latest are remembered', () => {
  const slots = new SendingSlots();
  for (let index = 0; index < 1_500; index += 1) failing(slots, `e${index}`, FAILING_AFTER);
  assert.equal(slots.idleFailing().length, 1_000);
  assert.equal(slots.idleFailing().at(-1), 'e1499');
});
