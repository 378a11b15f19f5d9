import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveCall } from './live-call.ts';
import { LiveCalls, newMonitorToken } from './live-calls.ts';

test('a live call is found by its token until it is taken out, which is told once', () => {
  const calls = new LiveCalls();
  const call = {} as LiveCall;
  const token = newMonitorToken();
  const told: LiveCall[] = [];
  calls.removed.on((removed) => told.push(removed));
  const remove = calls.add(token, call);
  assert.equal(calls.find(token), call);
  assert.equal(calls.find(newMonitorToken()), undefined);
  assert.equal(calls.find(`${token} `), undefined);
  assert.equal(calls.find('x'.repeat(10_000_000)), undefined);
  remove();
  remove();
  assert.equal(calls.find(token), undefined);
  assert.deepEqual(told, [call]);
});

test('tokens fit a URL and hold at least 128 bits', () => {
  const tokens = Array.from({ length: 100 }, newMonitorToken);
  assert.equal(new Set(tokens).size, 100);
  for (const token of tokens) {
    assert.match(token, /^[\w-]+$/);
    assert.ok(Buffer.from(token, 'base64url').length * 8 >= 128);
  }
});
