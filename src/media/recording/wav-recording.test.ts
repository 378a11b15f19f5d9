import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../test/support/until.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';
import { WavRecording } from './wav-recording.ts';

const left = new Int16Array(160).fill(100);
const right = new Int16Array(160).fill(-200);

describe('a growing WAV', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offhook-recording-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is a WAV of both channels, frame by frame, that only its owner may read', async () => {
    const path = join(folder, 'a.wav');
    const recording = new WavRecording(path, 2, assert.fail);
    for (let i = 0; i < 70; i += 1) recording.write([left, right]);
    assert.deepEqual(await recording.stop(), { durationMs: 1400 });
    const file = await readFile(path);
    assert.equal(file.length, WAV_HEADER_BYTES + 70 * 640);
    assert.deepEqual(file.subarray(0, WAV_HEADER_BYTES), wavHeader(2, 70 * 640));
    for (const at of [0, 639 * 4, 70 * 640 - 4]) {
      assert.equal(file.readInt16LE(WAV_HEADER_BYTES + at), 100);
      assert.equal(file.readInt16LE(WAV_HEADER_BYTES + at + 2), -200);
    }
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('leaves room at its start for what comes later, and counts it', async () => {
    const path = join(folder, 'room.wav');
    const recording = new WavRecording(path, 3, assert.fail, 2);
    recording.write([left, right, left]);
    await recording.prepend(new Int16Array(2 * 160 * 3).fill(7), 0);
    assert.deepEqual(await recording.stop(), { durationMs: 60 });
    const file = await readFile(path);
    assert.deepEqual(file.subarray(0, WAV_HEADER_BYTES), wavHeader(3, 3 * 960));
    assert.equal(file.readInt16LE(WAV_HEADER_BYTES + 2 * 960 - 2), 7);
    assert.deepEqual(
      [0, 2, 4].map((at) => file.readInt16LE(WAV_HEADER_BYTES + 2 * 960 + at)),
      [100, -200, 100],
    );
  });

  it('has a true header while it still grows, for the case that the process is killed', async () => {
    const path = join(folder, 'b.wav');
    const recording = new WavRecording(path, 2, assert.fail);
    for (let i = 0; i < 50; i += 1) recording.write([left, right]);
    let size = 0;
    for (let i = 0; i < 100 && size === 0; i += 1) {
      await delay(10);
      const header = await readFile(path).catch(() => Buffer.alloc(0));
      size = header.length >= WAV_HEADER_BYTES ? header.readUInt32LE(40) : 0;
    }
    assert.equal(size, 50 * 640);
    await recording.stop();
  });

  it('takes two chunks in turn as long as the disk keeps up, and more while it does not, in their order', async (t) => {
    const path = join(folder, 'chunks.wav');
    let made = 0;
    const RealArray = globalThis.Int16Array;
    t.mock.property(
      globalThis,
      'Int16Array',
      new Proxy(RealArray, {
        construct(target, args: [number], newTarget) {
          // Views of what is there are no chunks.
          if (typeof args[0] === 'number') made += 1;
          return Reflect.construct(target, args, newTarget) as Int16Array;
        },
      }),
    );
    const recording = new WavRecording(path, 2, assert.fail);
    const frames = Array.from({ length: 20 }, (_, second) => new RealArray(160).fill(second));
    const written = () => readFile(path).catch(() => Buffer.alloc(0));
    const speak = (second: number) => {
      const frame = frames[second] as Int16Array;
      for (let i = 0; i < 50; i += 1) recording.write([frame, frame]);
    };
    for (let second = 0; second < 10; second += 1) {
      speak(second);
      const size = WAV_HEADER_BYTES + (second + 1) * 32_000;
      await until('the second is written', async () => (await written()).length === size);
    }
    assert.ok(made > 0 && made <= 2, `${made} chunks`);
    for (let second = 10; second < 20; second += 1) speak(second);
    assert.deepEqual(await recording.stop(), { durationMs: 20_000 });
    const file = await readFile(path);
    for (let second = 0; second < 20; second += 1)
      for (const at of [0, 31_998])
        assert.equal(file.readInt16LE(WAV_HEADER_BYTES + second * 32_000 + at), second);
  });

  it('says once that the disk is full, and what is said after costs nothing', async () => {
    const errors: string[] = [];
    const recording = new WavRecording('/dev/full', 2, (error) => errors.push(error));
    for (let i = 0; i < 60; i += 1) recording.write([left, right]);
    await delay(50);
    for (let i = 0; i < 60; i += 1) recording.write([left, right]);
    const result = await recording.stop();
    assert.match(result.error ?? '', /ENOSPC/);
    assert.deepEqual(errors, [result.error]);
  });

  it('says that a folder is not there', async () => {
    const recording = new WavRecording(join(folder, 'none', 'c.wav'), 2, () => {});
    recording.write([left, right]);
    const result = await recording.stop();
    assert.match(result.error ?? '', /ENOENT/);
    assert.equal(result.durationMs, 0);
  });

  it('gives up rather than fill the memory when the disk stands still', async () => {
    const errors: string[] = [];
    const recording = new WavRecording(join(folder, 'd.wav'), 2, (error) => errors.push(error));
    // All in one turn of the loop: no write can end meanwhile.
    for (let i = 0; i < 50 * 17; i += 1) recording.write([left, right]);
    assert.deepEqual(errors, ['The disk is too slow for the recording.']);
    assert.equal((await recording.stop()).error, errors[0]);
  });
});
