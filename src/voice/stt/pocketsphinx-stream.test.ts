import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { DecoderPool } from './decoder-pool.ts';
import { PocketsphinxStream } from './pocketsphinx-stream.ts';

/** A stream with a grammar, and how often that was let go. */
function setUp(signal: AbortSignal) {
  let released = 0;
  const grammar = {
    search: { key: 'phrases', grammarFile: '/nowhere' },
    release: () => {
      released += 1;
    },
  };
  const pool = new DecoderPool({
    maxProcesses: 1,
    start: () => assert.fail('nothing is to be decoded'),
    clock: new FakeClock(),
    logger: silentLogger,
  });
  const stream = new PocketsphinxStream({ pool, grammar, logger: silentLogger, signal });
  return { stream, released: () => released };
}

test('a grammar is let go once, when its stream closes and when its call is over', () => {
  const call = new AbortController();
  const { stream, released } = setUp(call.signal);
  assert.equal(released(), 0);
  stream.close();
  assert.equal(released(), 1);
  stream.close();
  call.abort();
  assert.equal(released(), 1);
});

test('a grammar is let go where the call ended while its stream was opened', () => {
  assert.equal(setUp(AbortSignal.abort()).released(), 1);
});
