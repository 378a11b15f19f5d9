import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { DecoderPool, TranscriberOverloaded } from './decoder-pool.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { DecoderProcess, Search } from './pocketsphinx-process.ts';

const OPEN: Search = { key: 'open' };
const GRAMMAR: Search = { key: 'phrases', grammarFile: '/nowhere' };
const AUDIO = new Int16Array(160);
const HEARD: Hypothesis = { text: 'heard', words: [] };

class FakeProcess implements DecoderProcess {
  readonly search: Search;
  killed = false;
  answer: (error?: Error) => void = () => assert.fail('nothing is being decoded');
  #gone: (error: Error) => void = () => undefined;

  constructor(search: Search) {
    this.search = search;
  }

  decode(): Promise<Hypothesis> {
    return new Promise((resolve, reject) => {
      this.answer = (error) => (error ? reject(error) : resolve(HEARD));
    });
  }

  onGone(listener: (error: Error) => void): void {
    this.#gone = listener;
  }

  crash(): void {
    this.#gone(new Error('crashed'));
    this.answer(new Error('crashed'));
  }

  kill(): void {
    this.killed = true;
    this.#gone(new Error('stopped'));
  }
}

function pool(maxProcesses: number) {
  const clock = new FakeClock();
  const started: FakeProcess[] = [];
  const start = (search: Search) => {
    const process = new FakeProcess(search);
    started.push(process);
    return process;
  };
  return { pool: new DecoderPool({ maxProcesses, start, clock, logger: silentLogger }), clock, started };
}

const signal = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('never more decoders than allowed, and what waits gets the next free one', async () => {
  const { pool: decoders, started, clock } = pool(2);
  const texts = [1, 2, 3].map(() => decoders.decode(OPEN, AUDIO, signal));
  assert.equal(started.length, 2);
  started[0]?.answer();
  await texts[0];
  await settled();
  started[0]?.answer();
  started[1]?.answer();
  assert.deepEqual(await Promise.all(texts), [HEARD, HEARD, HEARD]);
  assert.equal(started.length, 2);
  assert.equal(clock.pendingCount, 0);
});

test('who waits too long is told of the overload, and the audio is let go', async () => {
  const { pool: decoders, clock } = pool(1);
  void decoders.decode(OPEN, AUDIO, signal);
  const late = decoders.decode(OPEN, AUDIO, signal);
  clock.advance(6_000);
  await assert.rejects(late, TranscriberOverloaded);
  assert.equal(clock.pendingCount, 0);
});

test('a long queue refuses at once', async () => {
  const { pool: decoders, clock } = pool(1);
  const all = Array.from({ length: 66 }, () => decoders.decode(OPEN, AUDIO, signal));
  const outcomes = Promise.allSettled(all.slice(1));
  await assert.rejects(all[65] ?? Promise.resolve(), /64 segments wait/);
  clock.advance(6_000);
  assert.equal((await outcomes).filter(({ status }) => status === 'rejected').length, 65);
});

test('an idle decoder of another search makes room; a busy one does not', async () => {
  const { pool: decoders, started } = pool(1);
  const open = decoders.decode(OPEN, AUDIO, signal);
  const phrase = decoders.decode(GRAMMAR, AUDIO, signal);
  assert.equal(started.length, 1);
  started[0]?.answer();
  await open;
  await settled();
  assert.equal(started[0]?.killed, true);
  assert.deepEqual(started[1]?.search, GRAMMAR);
  started[1]?.answer();
  assert.equal(await phrase, HEARD);
  assert.equal(decoders.size, 1);
});

test('one grammar takes at most half of the decoders', () => {
  const { pool: decoders, started } = pool(4);
  for (let call = 0; call < 8; call += 1) void decoders.decode(GRAMMAR, AUDIO, signal);
  assert.equal(started.length, 2);
  void decoders.decode(OPEN, AUDIO, signal);
  assert.equal(started.length, 3);
});

test('a crash fails its segment only, and the next one gets a new decoder', async () => {
  const { pool: decoders, started } = pool(1);
  const first = decoders.decode(OPEN, AUDIO, signal);
  const second = decoders.decode(OPEN, AUDIO, signal);
  started[0]?.crash();
  await assert.rejects(first, /crashed/);
  await settled();
  started[1]?.answer();
  assert.equal(await second, HEARD);
});

test('an abort leaves the queue, and closing ends everything', async () => {
  const { pool: decoders, started, clock } = pool(1);
  const abort = new AbortController();
  const busy = decoders.decode(OPEN, AUDIO, signal);
  const aborted = decoders.decode(OPEN, AUDIO, abort.signal);
  abort.abort();
  await assert.rejects(aborted, /closed/);
  const waiting = decoders.decode(OPEN, AUDIO, signal);
  decoders.close();
  await assert.rejects(waiting, /closed/);
  assert.equal(started[0]?.killed, true);
  await assert.rejects(decoders.decode(OPEN, AUDIO, signal), /closed/);
  started[0]?.answer(new Error('stopped'));
  await assert.rejects(busy, /stopped/);
  assert.equal(clock.pendingCount, 0);
});
