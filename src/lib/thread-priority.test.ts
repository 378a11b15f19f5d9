import assert from 'node:assert/strict';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const MODULE = new URL('./thread-priority.ts', import.meta.url);

test('raises the calling thread alone, or tells why not', async () => {
  const before = getPriority();
  const worker = new Worker(
    `const { getPriority } = require('node:os');
     const { parentPort } = require('node:worker_threads');
     import(${JSON.stringify(MODULE.href)}).then(({ raiseThreadPriority }) => {
       parentPort.postMessage({ refused: raiseThreadPriority(), niceness: getPriority() });
     });`,
    { eval: true },
  );
  const [{ refused, niceness }] = (await once(worker, 'message')) as [{ refused?: string; niceness: number }];
  if (refused === undefined) assert.equal(niceness, -11);
  else assert.match(refused, /\w/);
  assert.equal(niceness === -11, refused === undefined || before === -11);
  assert.equal(getPriority(), before);
});
