import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Lateness } from './lateness.ts';

it('lateness names the bucket under which the given share of the sends lies', () => {
  const lateness = new Lateness();
  assert.equal(lateness.percentileMs(0.99), 0);
  for (let i = 0; i < 98; i += 1) lateness.record(0.1);
  lateness.record(3.1);
  lateness.record(500);
  assert.equal(lateness.percentileMs(0.5), 0.25);
  assert.equal(lateness.percentileMs(0.99), 3.25);
  assert.equal(lateness.percentileMs(1), 64);
});
