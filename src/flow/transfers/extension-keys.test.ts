import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../../../test/support/fake-voice.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { keyGroups, pressExtension } from './extension-keys.ts';

test('an extension is groups of keys with the pauses before them', () => {
  assert.deepEqual(keyGroups('12,,3w#'), [
    { pauseMs: 0, keys: '12' },
    { pauseMs: 4_000, keys: '3' },
    { pauseMs: 500, keys: '#' },
  ]);
  assert.deepEqual(keyGroups(',1'), [{ pauseMs: 2_000, keys: '1' }]);
});

test('keys are pressed once the far end can listen, each group after its pause', async () => {
  const clock = new FakeClock(0);
  const sent: [string, number][] = [];
  const pressing = pressExtension(
    '12,3',
    { sendDtmf: (keys) => sent.push([keys, clock.now()]) },
    { clock, signal: new AbortController().signal },
  );
  await advance(clock, 5_000);
  await pressing;
  assert.deepEqual(sent, [
    ['12', 1_000],
    ['3', 3_400],
  ]);
});

test('nothing more is pressed once the attempt is over', async () => {
  const clock = new FakeClock(0);
  const over = new AbortController();
  const sent: string[] = [];
  const pressing = pressExtension(
    '1,2',
    { sendDtmf: (keys) => sent.push(keys) },
    { clock, signal: over.signal },
  );
  await advance(clock, 1_500);
  over.abort();
  await pressing;
  await advance(clock, 5_000);
  assert.deepEqual(sent, ['1']);
});
