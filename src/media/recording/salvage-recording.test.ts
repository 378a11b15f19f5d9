import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { salvageRecording } from './salvage-recording.ts';
import { wavHeader } from './wav-header.ts';

describe('what a killed process left of a recording', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offhook-recording-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const channels of [2, 3])
    it(`has its length told by its size, with ${channels} channels`, async () => {
      const path = join(folder, `${channels}.wav`);
      // The header was last put right when there was nothing yet.
      await writeFile(path, Buffer.concat([wavHeader(channels, 0), Buffer.alloc(8000 * channels * 2)]));
      assert.equal(await salvageRecording(path), 1000);
    });

  it('has no length where there is no file, or none but its header', async () => {
    assert.equal(await salvageRecording(join(folder, 'none.wav')), undefined);
    const empty = join(folder, 'empty.wav');
    await writeFile(empty, wavHeader(2, 0));
    assert.equal(await salvageRecording(empty), undefined);
  });

  it('loses a wider form that was not finished', async () => {
    const path = join(folder, 'cut.wav');
    await writeFile(path, Buffer.concat([wavHeader(2, 0), Buffer.alloc(32_000)]));
    await writeFile(`${path}.wider`, wavHeader(3, 0));
    assert.equal(await salvageRecording(path), 1000);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('cut')),
      ['cut.wav'],
    );
  });
});
