import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentMessage, inWholeMilliseconds, userMessage } from './call-messages.ts';

test('the record counts whole milliseconds, however finely the line tells its instants', () => {
  const user = userMessage({ text: 'Hello.', startedAt: 1000.4, endedAt: 2000.6 });
  assert.deepEqual(inWholeMilliseconds(user), { ...user, startedAt: 1000, endedAt: 2001 });
});

test('an agent of whom nothing was heard has no message; one that was cut has what was heard', () => {
  assert.equal(agentMessage({ heard: '', complete: false, startedAt: 1, endedAt: 2 }, true), undefined);
  assert.deepEqual(agentMessage({ heard: 'We are', complete: false, startedAt: 1, endedAt: 2 }, true), {
    role: 'agent',
    message: 'We are',
    startedAt: 1,
    endedAt: 2,
    interrupted: true,
  });
});
