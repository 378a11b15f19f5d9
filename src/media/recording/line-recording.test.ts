import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LineRecording } from './line-recording.ts';
import { WAV_HEADER_BYTES } from './wav-header.ts';

const frameOf = (value: number) => new Int16Array(160).fill(value);

/** The first sample of each frame, for each channel. */
function framesOf(file: Buffer): number[][] {
  const channels = file.readUInt16LE(22);
  assert.equal(file.readUInt32LE(40), file.length - WAV_HEADER_BYTES, 'the header tells the length');
  const frames: number[][] = [];
  for (let at = WAV_HEADER_BYTES; at < file.length; at += 320 * channels)
    frames.push(Array.from({ length: channels }, (_, channel) => file.readInt16LE(at + channel * 2)));
  return frames;
}

describe('the recording of a line', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offhook-recording-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is stereo where nobody is bridged to the line, on the sides that are asked for', async () => {
    for (const [left, channels, frame] of [
      ['received', ['received', 'sent'], [1, 2]],
      ['sent', ['sent', 'received'], [2, 1]],
    ] as const) {
      const path = join(folder, `${left}.wav`);
      const recording = new LineRecording(path, left, assert.fail);
      recording.write(frameOf(1), frameOf(2));
      assert.deepEqual(await recording.stop(), { durationMs: 20, channels });
      assert.deepEqual(framesOf(await readFile(path)), [frame]);
    }
  });

  it('gets a third channel when others join, silent before and after them', async () => {
    const path = join(folder, 'joined.wav');
    const recording = new LineRecording(path, 'received', assert.fail);
    for (let count = 1; count <= 120; count += 1) recording.write(frameOf(count), frameOf(-count));
    for (let count = 121; count <= 130; count += 1)
      recording.write(frameOf(count), frameOf(-count), frameOf(1000 + count));
    recording.write(frameOf(131), frameOf(-131));
    const result = await recording.stop();
    assert.deepEqual(result, { durationMs: 131 * 20, channels: ['received', 'sent', 'joined'] });
    const expected = Array.from({ length: 131 }, (_, index) => {
      const count = index + 1;
      return [count, -count, count > 120 && count <= 130 ? 1000 + count : 0];
    });
    assert.deepEqual(framesOf(await readFile(path)), expected);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('wider')),
      [],
    );
  });

  it('takes the wider form while it goes on, so that a killed process leaves all of it', async () => {
    const path = join(folder, 'running.wav');
    const recording = new LineRecording(path, 'received', assert.fail);
    for (let count = 0; count < 60; count += 1) recording.write(frameOf(1), frameOf(2));
    for (let count = 0; count < 50; count += 1) recording.write(frameOf(1), frameOf(2), frameOf(3));
    let frames = 0;
    for (let look = 0; look < 200 && frames < 110; look += 1) {
      await delay(10);
      const file = await readFile(path);
      if (file.length >= WAV_HEADER_BYTES && file.readUInt16LE(22) === 3)
        frames = file.readUInt32LE(40) / 960;
    }
    assert.equal(frames, 110);
    await recording.stop();
  });

  it('keeps what was recorded when it cannot be widened, and says so once', async () => {
    const path = join(folder, 'narrow.wav');
    const errors: string[] = [];
    const recording = new LineRecording(path, 'received', (error) => errors.push(error));
    for (let count = 0; count < 60; count += 1) recording.write(frameOf(1), frameOf(2));
    await delay(50);
    const blocked = join(folder, 'narrow.wav.wider');
    await mkdir(blocked);
    recording.write(frameOf(1), frameOf(2), frameOf(3));
    await delay(50);
    recording.write(frameOf(1), frameOf(2), frameOf(3));
    const { error, ...kept } = await recording.stop();
    assert.match(error ?? '', /EISDIR/);
    assert.deepEqual(errors, [error]);
    assert.deepEqual(kept, { durationMs: 60 * 20, channels: ['received', 'sent'] });
    assert.equal(framesOf(await readFile(path)).length, 60);
  });
});
