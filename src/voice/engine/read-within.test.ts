import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../../../test/support/fake-voice.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { readWithin } from './read-within.ts';

async function collect(source: AsyncIterable<number>, into: number[]): Promise<string> {
  try {
    for await (const item of source) into.push(item);
    return 'ended';
  } catch (error) {
    return String(error);
  }
}

async function* after(clock: FakeClock, ...waits: number[]): AsyncGenerator<number> {
  for (const [index, wait] of waits.entries()) {
    await new Promise<void>((resolve) => clock.setTimeout(resolve, wait));
    yield index;
  }
}

test('a stream whose items come in time is read to its end and leaves no timer', async () => {
  const clock = new FakeClock();
  const got: number[] = [];
  const signal = new AbortController().signal;
  const reading = collect(
    readWithin(after(clock, 80, 80, 80), { clock, signal, idleMs: 100, what: 'it' }),
    got,
  );
  await advance(clock, 300);
  assert.equal(await reading, 'ended');
  assert.deepEqual(got, [0, 1, 2]);
  assert.equal(clock.pendingCount, 0);
});

test('a stream that is silent for too long is an error that names it', async () => {
  const clock = new FakeClock();
  const got: number[] = [];
  const signal = new AbortController().signal;
  const reading = collect(readWithin(after(clock, 50, 200), { clock, signal, idleMs: 100, what: 'it' }), got);
  await advance(clock, 400);
  assert.equal(await reading, 'Error: it gave nothing for 100 ms');
  assert.deepEqual(got, [0]);
  assert.equal(clock.pendingCount, 0);
});

test('a wait that does not count is no silence', async () => {
  const clock = new FakeClock();
  let counts = false;
  const signal = new AbortController().signal;
  const limits = { clock, signal, idleMs: 100, what: 'it', counts: () => counts };
  const reading = collect(readWithin(after(clock, 350, 350), limits), []);
  await advance(clock, 360);
  counts = true;
  await advance(clock, 400);
  assert.match(await reading, /gave nothing/);
});

test('an abort ends the reading at once although the source hangs, and closes the source', async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  let returned = false;
  const hanging: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: async () => {
        returned = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const reading = collect(readWithin(hanging, { clock, signal: abort.signal, idleMs: 100, what: 'it' }), []);
  await advance(clock, 20);
  abort.abort();
  assert.equal(await reading, 'ended');
  assert.equal(returned, true);
  assert.equal(clock.pendingCount, 0);
});

test('an error of the source is passed on, unless the reading was aborted', async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const failing = async function* (): AsyncGenerator<number> {
    yield 1;
    throw new Error('broken');
  };
  const limits = { clock, signal: abort.signal, idleMs: 100, what: 'it' };
  assert.equal(await collect(readWithin(failing(), limits), []), 'Error: broken');
  const source = readWithin(failing(), limits);
  await source.next();
  abort.abort();
  assert.equal(await collect(source, []), 'ended');
});
