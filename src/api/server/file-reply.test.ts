import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openRecording, removeRecording } from './file-reply.ts';

describe('openRecording', () => {
  let root: string;
  let folder: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'offhook-recordings-'));
    folder = join(root, 'recordings');
    await mkdir(join(folder, 'inner'), { recursive: true });
    await writeFile(join(root, 'secret.key'), 'key');
    await writeFile(join(folder, 'call.wav'), 'RIFF');
    await writeFile(join(folder, '.hidden'), 'x');
    await writeFile(join(folder, 'empty.wav'), '');
    await symlink(join(root, 'secret.key'), join(folder, 'link.wav'));
  });
  after(() => rm(root, { recursive: true }));

  it('streams a file of the folder with its length', async () => {
    const reply = await openRecording(folder, 'call.wav');
    assert.equal(reply?.bytes, 4);
    assert.equal(reply?.media, 'audio/wav');
    assert.equal((await reply?.stream.toArray())?.join(''), 'RIFF');
  });

  it('finds nothing outside the folder, behind links, or that is no plain file', async () => {
    const names = [
      '../secret.key',
      'inner',
      'inner/x',
      '.hidden',
      '..',
      '.',
      '',
      '/etc/passwd',
      'link.wav',
      'no.wav',
      'a\0b',
      'empty.wav',
    ];
    for (const name of names) assert.equal(await openRecording(folder, name), undefined, name);
  });
});

describe('removeRecording', () => {
  it('leaves nothing of a recording, be it half widened or gone, and the rest of the folder alone', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-recordings-'));
    t.after(() => rm(folder, { recursive: true }));
    for (const name of ['a.wav', 'a.wav.wider', 'b.wav']) await writeFile(join(folder, name), 'RIFF');
    await removeRecording(folder, 'a.wav');
    await removeRecording(folder, 'a.wav');
    await removeRecording(folder, 'inner/../b.wav');
    assert.deepEqual(await readdir(folder), ['b.wav']);
  });
});
