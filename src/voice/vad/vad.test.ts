import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEnergyVad } from './energy-vad.ts';
import { createWebRtcVad } from './webrtc-vad.ts';

const FRAME = 160;

/** Glottal pulses through two resonances: what a vowel looks like to a detector. */
function vowel(frames: number, gain = 6000): Int16Array[] {
  const pulses = new Float64Array(frames * FRAME);
  for (let index = 0; index < pulses.length; index += 66) pulses[index] = 1;
  const voiced = resonate(resonate(pulses, 700), 1200);
  const peak = voiced.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return framesOf(voiced.map((sample) => (sample / peak) * gain));
}

function resonate(input: Float64Array, frequency: number): Float64Array {
  const radius = 0.97;
  const turn = 2 * radius * Math.cos((2 * Math.PI * frequency) / 8000);
  const output = new Float64Array(input.length);
  for (let index = 0; index < input.length; index += 1) {
    output[index] =
      (input[index] ?? 0) + turn * (output[index - 1] ?? 0) - radius * radius * (output[index - 2] ?? 0);
  }
  return output;
}

function noise(frames: number, gain: number): Int16Array[] {
  let seed = 1;
  const samples = new Float64Array(frames * FRAME).map(() => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return (seed / 1073741824 - 1) * gain;
  });
  return framesOf(samples);
}

function framesOf(samples: Float64Array): Int16Array[] {
  const whole = Int16Array.from(samples);
  return Array.from({ length: whole.length / FRAME }, (_, index) =>
    whole.slice(index * FRAME, (index + 1) * FRAME),
  );
}

const share = (verdicts: boolean[]) => verdicts.filter(Boolean).length / verdicts.length;

for (const [name, create] of [
  ['the WebRTC VAD', createWebRtcVad],
  ['the energy VAD', async () => createEnergyVad()],
] as const) {
  test(`${name} hears a voice and neither digital silence nor faint line noise`, async () => {
    const vad = await create();
    assert.equal(share(Array.from({ length: 50 }, () => vad.process(new Int16Array(FRAME)))), 0);
    assert.equal(share(noise(50, 40).map((frame) => vad.process(frame))), 0);
    const heard = share(vowel(50).map((frame) => vad.process(frame)));
    assert.ok(heard > 0.9, `heard ${heard} of the vowel`);
    const after = noise(50, 40).map((frame) => vad.process(frame));
    assert.ok(share(after.slice(10)) === 0, 'silent again within 200 ms');
    vad.close();
  });

  test(`${name} learns a noisy line within seconds, hears a voice over it and its end`, async () => {
    const vad = await create();
    const learning = noise(300, 800).map((frame) => vad.process(frame));
    assert.equal(share(learning.slice(200)), 0);
    assert.ok(share(vowel(30, 20000).map((frame) => vad.process(frame))) > 0.9);
    assert.ok(share(noise(50, 800).map((frame) => vad.process(frame))) < 0.2);
    vad.close();
  });
}

test('detectors of the WebRTC VAD keep their state apart and refuse work after close', async () => {
  const [talking, silent] = await Promise.all([createWebRtcVad(), createWebRtcVad()]);
  const verdicts = vowel(20).map((frame) => [talking.process(frame), silent.process(new Int16Array(FRAME))]);
  assert.ok(verdicts.slice(5).every(([one, other]) => one && !other));
  talking.close();
  talking.close();
  assert.throws(() => talking.process(new Int16Array(FRAME)), /after close/);
  assert.throws(() => silent.process(new Int16Array(80)), RangeError);
  silent.close();
});

test('a thousand WebRTC detectors come and go in the memory of one', async () => {
  for (let round = 0; round < 1000; round += 1) {
    const vad = await createWebRtcVad();
    assert.equal(vad.process(new Int16Array(FRAME)), false);
    vad.close();
  }
});
