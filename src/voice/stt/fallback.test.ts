import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTranscriber } from '../../../test/support/fake-transcriber.ts';
import { createFallbackTranscriber, type TranscriberFallback } from './fallback.ts';

const OPTIONS = { language: 'en', settings: {}, signal: new AbortController().signal };

function frame(number: number): Int16Array {
  return new Int16Array(160).fill(number);
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('one that does not open is replaced, and it is told', async () => {
  const down = fakeTranscriber('down', new Error('refused'));
  const up = fakeTranscriber('up');
  const told: TranscriberFallback[] = [];
  const stream = await createFallbackTranscriber([down, up], (fallback) => told.push(fallback)).open(OPTIONS);
  stream.write(frame(7));
  assert.deepEqual(up.streams[0]?.inputs, [7]);
  assert.deepEqual(
    told.map(({ from, to, error }) => [from, to, error.message]),
    [['down', 'up', 'refused']],
  );
});

test('amid a segment the next one hears it from its begin, and the end that got no answer', async () => {
  const first = fakeTranscriber('first');
  const second = fakeTranscriber('second');
  const stream = await createFallbackTranscriber([first, second], () => undefined).open(OPTIONS);
  const texts: string[] = [];
  stream.transcripts.on(({ text }) => texts.push(text));
  stream.write(frame(1));
  stream.speechStarted();
  stream.write(frame(2));
  stream.speechEnded();
  first.streams[0]?.failed.emit(new Error('cut'));
  await settled();
  assert.deepEqual(first.streams[0]?.inputs, [1, 'start', 2, 'end', 'close']);
  assert.deepEqual(second.streams[0]?.inputs, ['start', 1, 2, 'end']);
  second.streams[0]?.transcripts.emit({ text: 'hello', isFinal: true });
  first.streams[0]?.transcripts.emit({ text: 'too late', isFinal: true });
  assert.deepEqual(texts, ['hello']);
});

test('a segment that was answered is not heard again', async () => {
  const first = fakeTranscriber('first');
  const second = fakeTranscriber('second');
  const stream = await createFallbackTranscriber([first, second], () => undefined).open(OPTIONS);
  stream.speechStarted();
  for (let number = 0; number < 50; number += 1) stream.write(frame(number));
  stream.speechEnded();
  first.streams[0]?.transcripts.emit({ text: 'done', isFinal: true });
  first.streams[0]?.failed.emit(new Error('cut'));
  await settled();
  assert.deepEqual(
    second.streams[0]?.inputs,
    Array.from({ length: 20 }, (_, index) => 30 + index),
  );
});

test('when the last one fails, the stream fails', async () => {
  const only = fakeTranscriber('only');
  const stream = await createFallbackTranscriber([only], () => assert.fail('nobody to fall back to')).open(
    OPTIONS,
  );
  const failures: string[] = [];
  stream.failed.on((error) => failures.push(error.message));
  only.streams[0]?.failed.emit(new Error('cut'));
  await settled();
  assert.deepEqual(failures, ['cut']);
  const down = fakeTranscriber('down', new Error('refused'));
  await assert.rejects(createFallbackTranscriber([down], () => undefined).open(OPTIONS), /refused/);
});
