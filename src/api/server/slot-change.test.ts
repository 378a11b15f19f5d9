import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Given, givenId, type Slot, slotChange } from './slot-change.ts';

const BODY = { of: 'body' };
const id = 'named';
type Body = typeof BODY;

const after = (given: Given<Body>, slot: Partial<Slot<string, Body>>) =>
  slotChange(given, { current: undefined, named: undefined, ...slot });

test('nothing keeps, null clears what is there', () => {
  assert.deepEqual(after(undefined, { current: 'old' }), { action: 'keep' });
  assert.deepEqual(after(null, { current: 'old' }), { action: 'clear' });
  assert.deepEqual(after(null, {}), { action: 'keep' });
});

test('an id attaches what the org has, and is refused otherwise', () => {
  assert.deepEqual(after({ id }, { current: 'old', named: 'new' }), { action: 'attach', part: 'new' });
  assert.deepEqual(after({ id }, { current: 'old' }), { action: 'refuse', id });
});

test('fields change what is there, or make one', () => {
  assert.deepEqual(after({ body: BODY }, { current: 'old' }), { action: 'patch', part: 'old', body: BODY });
  assert.deepEqual(after({ body: BODY }, {}), { action: 'create', body: BODY, instead: undefined });
});

test('fields of another kind make one instead of what is there', () => {
  const change = after({ body: BODY }, { current: 'old', isOther: () => true });
  assert.deepEqual(change, { action: 'create', body: BODY, instead: 'old' });
});

test('fields with the id of another one change that; an invented id is ignored', () => {
  const given = { id, body: BODY };
  assert.deepEqual(after(given, { current: 'old', named: 'new' }), {
    action: 'patch',
    part: 'new',
    body: BODY,
  });
  assert.deepEqual(after(given, { current: 'old' }), { action: 'patch', part: 'old', body: BODY });
});

test('a text that could be an id stands for fields where nothing has it', () => {
  const given = { id, otherwise: BODY };
  assert.deepEqual(after(given, { current: 'old', named: 'new' }), { action: 'attach', part: 'new' });
  assert.deepEqual(after(given, { current: 'old' }), { action: 'patch', part: 'old', body: BODY });
});

test('the id to look up is the one that is given', () => {
  const given: Given<Body>[] = [
    undefined,
    null,
    { body: BODY },
    { id },
    { id, body: BODY },
    { id, otherwise: BODY },
  ];
  assert.deepEqual(given.map(givenId), [undefined, undefined, undefined, id, id, id]);
});
