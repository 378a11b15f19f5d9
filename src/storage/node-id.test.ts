import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { isUuid } from '../lib/ids.ts';
import { nodeIdOf } from './node-id.ts';
import { StorageOpenError } from './storage-open-error.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('a node keeps its id, and another folder is another node', async () => {
  const id = await nodeIdOf(dataDir);
  assert.ok(isUuid(id));
  assert.equal(await nodeIdOf(dataDir), id);
  assert.notEqual(await nodeIdOf(join(dataDir, 'other')), id);
  assert.deepEqual((await readdir(dataDir)).sort(), ['node.id', 'other']);
  assert.equal((await stat(join(dataDir, 'node.id'))).mode & 0o777, 0o600);
});

test('a file that holds no id, or a folder that is none, is refused in one line', async () => {
  const path = join(dataDir, 'node.id');
  await writeFile(path, 'scribble');
  const refused = (error: unknown) => error instanceof StorageOpenError && !error.message.includes('\n');
  await assert.rejects(nodeIdOf(dataDir), refused);
  await assert.rejects(nodeIdOf(path), refused);
});
