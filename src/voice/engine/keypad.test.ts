import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAgent } from '../../../test/support/fake-voice.ts';
import type { KeypadInputPlan } from '../../domain/agents/agent.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { Keypad } from './keypad.ts';

/** Presses keys; a number between them is a wait in milliseconds. @returns entries as `digits@time`, `!` for the brain. */
function press(plan: KeypadInputPlan | undefined, ...steps: (string | number)[]): string[] {
  const clock = new FakeClock(0);
  const log: string[] = [];
  const keypad = new Keypad(fakeAgent(plan ? { keypadInputPlan: plan } : {}), clock, {
    entered: ({ message, startedAt, endedAt }) => log.push(`${message} ${startedAt}-${endedAt}`),
    forBrain: (digits) => log.push(`!${digits} ${clock.now()}`),
  });
  for (const step of steps) {
    if (typeof step === 'number') clock.advance(step);
    else for (const key of step) keypad.press(key, clock.now());
  }
  clock.advance(20_000);
  keypad.close();
  assert.equal(clock.pendingCount, 0);
  return log;
}

const cases: [string, KeypadInputPlan | undefined, (string | number)[], string[]][] = [
  ['keys within 2 s are one entry', undefined, ['1', 1900, '2', 2100, '3'], ['12 0-1900', '3 4000-4000']],
  [
    'an enabled plan tells the brain after its time',
    { enabled: true, timeoutSeconds: 1 },
    ['12'],
    ['12 0-0', '!12 1000'],
  ],
  [
    'a delimiter ends the entry at once and is no part of it',
    { enabled: true, delimiters: '#' },
    ['1', 100, '2', 100, '#'],
    ['12 0-100', '!12 200'],
  ],
  ['a delimiter alone is an entry', { enabled: true, delimiters: '#' }, ['#'], ['# 0-0', '!# 0']],
  [
    'without a time each key counts by itself',
    { enabled: true, timeoutSeconds: 0 },
    ['12'],
    ['1 0-0', '!1 0', '2 0-0', '!2 0'],
  ],
  [
    'without a time but with a delimiter only the delimiter ends',
    { enabled: true, timeoutSeconds: 0, delimiters: '*' },
    ['1', 9000, '2*'],
    ['12 0-9000', '!12 9000'],
  ],
  [
    'a plan that is off changes nothing',
    { enabled: false, timeoutSeconds: 9, delimiters: '1' },
    ['1', 500, '1', 2100, '1'],
    ['11 0-500', '1 2600-2600'],
  ],
];

for (const [name, plan, steps, expected] of cases) {
  test(`keypad: ${name}`, () => assert.deepEqual(press(plan, ...steps), expected));
}

test('keypad: an endless entry is cut after 64 keys', () => {
  assert.deepEqual(
    press(undefined, '1'.repeat(100)).map((entry) => entry.indexOf(' ')),
    [64, 36],
  );
});
