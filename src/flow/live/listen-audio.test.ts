import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goertzel, tone } from '../../../test/support/tones.ts';
import { ListenAudio } from './listen-audio.ts';

function interleaved(caller: Int16Array, agent: Int16Array): Int16Array {
  return Int16Array.from({ length: caller.length * 2 }, (_, i) => {
    const side = i % 2 === 0 ? caller : agent;
    return side[i >> 1] as number;
  });
}

function samplesOf(bytes: Buffer, channels: number, channel: number): Int16Array {
  const count = bytes.length / 2 / channels;
  return Int16Array.from({ length: count }, (_, i) => bytes.readInt16LE((i * channels + channel) * 2));
}

test('one channel holds both sides at 16 kHz, across blocks', () => {
  const audio = new ListenAudio(1);
  const both = interleaved(tone(500, 200), tone(1250, 200));
  const bytes = Buffer.concat([audio.convert(both.subarray(0, 1600)), audio.convert(both.subarray(1600))]);
  const mixed = samplesOf(bytes, 1, 0);
  assert.equal(mixed.length, 3200);
  // The meter takes samples for 8 kHz: at 16 kHz a tone of 500 Hz shows at 250.
  assert.ok(goertzel(mixed, 250) > 6000, String(goertzel(mixed, 250)));
  assert.ok(goertzel(mixed, 625) > 6000, String(goertzel(mixed, 625)));
});

test('two channels hold the caller and the agent, and nothing of the other', () => {
  const bytes = new ListenAudio(2).convert(interleaved(tone(500, 200), tone(1250, 200)));
  for (const [channel, own, other] of [
    [0, 250, 625],
    [1, 625, 250],
  ] as const) {
    const side = samplesOf(bytes, 2, channel);
    assert.equal(side.length, 3200);
    assert.ok(goertzel(side, own) > 6000);
    assert.ok(goertzel(side, other) < 300);
  }
});

test('samples between two are their mean, from one block to the next, and loud voices together do not wrap', () => {
  const audio = new ListenAudio(1);
  assert.deepEqual([...samplesOf(audio.convert(Int16Array.of(100, 0, 300, 0)), 1, 0)], [50, 100, 200, 300]);
  assert.deepEqual([...samplesOf(audio.convert(Int16Array.of(30_000, 20_000)), 1, 0)], [16_534, 32_767]);
  assert.deepEqual([...samplesOf(audio.convert(Int16Array.of(-30_000, -20_000)), 1, 0)], [0, -32_768]);
});
