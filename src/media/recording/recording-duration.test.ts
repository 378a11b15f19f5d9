import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { recordingDurationMs } from './recording-duration.ts';
import { wavHeader } from './wav-header.ts';

describe('how long a recording is that a killed process left', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offhook-recording-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const channels of [2, 3])
    it(`is told by its size, with ${channels} channels`, async () => {
      const path = join(folder, `${channels}.wav`);
      // The header was last put right when there was nothing yet.
      await writeFile(path, Buffer.concat([wavHeader(channels, 0), Buffer.alloc(8000 * channels * 2)]));
      assert.equal(await recordingDurationMs(path), 1000);
    });

  it('is unknown where there is no file, or none but its header', async () => {
    assert.equal(await recordingDurationMs(join(folder, 'none.wav')), undefined);
    const empty = join(folder, 'empty.wav');
    await writeFile(empty, wavHeader(2, 0));
    assert.equal(await recordingDurationMs(empty), undefined);
  });
});
