import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { StereoRecording } from './stereo-recording.ts';
import { WAV_HEADER_BYTES, wavHeader } from './wav-header.ts';

const left = new Int16Array(160).fill(100);
const right = new Int16Array(160).fill(-200);

describe('stereo recording', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offhook-recording-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is a WAV of both channels, frame by frame, that only its owner may read', async () => {
    const path = join(folder, 'a.wav');
    const recording = new StereoRecording(path, 'received', assert.fail);
    for (let i = 0; i < 70; i += 1) recording.write(left, right);
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

  it('has what we sent on the left where it is asked to', async () => {
    const path = join(folder, 'sent.wav');
    const recording = new StereoRecording(path, 'sent', assert.fail);
    recording.write(left, right);
    await recording.stop();
    const file = await readFile(path);
    assert.equal(file.readInt16LE(WAV_HEADER_BYTES), -200);
    assert.equal(file.readInt16LE(WAV_HEADER_BYTES + 2), 100);
  });

  it('has a true header while it still grows, for the case that the process is killed', async () => {
    const path = join(folder, 'b.wav');
    const recording = new StereoRecording(path, 'received', assert.fail);
    for (let i = 0; i < 50; i += 1) recording.write(left, right);
    let size = 0;
    for (let i = 0; i < 100 && size === 0; i += 1) {
      await delay(10);
      const header = await readFile(path).catch(() => Buffer.alloc(0));
      size = header.length >= WAV_HEADER_BYTES ? header.readUInt32LE(40) : 0;
    }
    assert.equal(size, 50 * 640);
    await recording.stop();
  });

  it('says once that the disk is full, and what is said after costs nothing', async () => {
    const errors: string[] = [];
    const recording = new StereoRecording('/dev/full', 'received', (error) => errors.push(error));
    for (let i = 0; i < 60; i += 1) recording.write(left, right);
    await delay(50);
    for (let i = 0; i < 60; i += 1) recording.write(left, right);
    const result = await recording.stop();
    assert.match(result.error ?? '', /ENOSPC/);
    assert.deepEqual(errors, [result.error]);
  });

  it('says that a folder is not there', async () => {
    const recording = new StereoRecording(join(folder, 'none', 'c.wav'), 'received', () => {});
    recording.write(left, right);
    const result = await recording.stop();
    assert.match(result.error ?? '', /ENOENT/);
    assert.equal(result.durationMs, 0);
  });

  it('gives up rather than fill the memory when the disk stands still', async () => {
    const errors: string[] = [];
    const recording = new StereoRecording(join(folder, 'd.wav'), 'received', (error) => errors.push(error));
    // All in one turn of the loop: no write can end meanwhile.
    for (let i = 0; i < 50 * 17; i += 1) recording.write(left, right);
    assert.deepEqual(errors, ['The disk is too slow for the recording.']);
    assert.equal((await recording.stop()).error, errors[0]);
  });
});
