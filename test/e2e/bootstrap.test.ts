import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const BOOTSTRAP = fileURLToPath(new URL('../../scripts/bootstrap.mjs', import.meta.url));
const LOCK = '{}';
/** What `npm ci` does first. */
const NPM = '#!/bin/sh\nrm -rf node_modules/*\n';

let folder: string;

/** A checkout with nothing but the bootstrap in it, and an npm that brings nothing. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-bootstrap-'));
  for (const name of ['house/scripts', 'bin', 'elsewhere'])
    await mkdir(join(folder, name), { recursive: true });
  await copyFile(BOOTSTRAP, join(folder, 'house/scripts/bootstrap.mjs'));
  await writeFile(join(folder, 'house/package-lock.json'), LOCK);
  await writeFile(join(folder, 'bin/npm'), NPM);
  await chmod(join(folder, 'bin/npm'), 0o755);
  await writeFile(join(folder, 'elsewhere/package'), '');
  await symlink(join(folder, 'elsewhere'), join(folder, 'house/node_modules'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function bootstrap() {
  const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH, OFFHOOK_NO_APT: '1' };
  const script = join(folder, 'house/scripts/bootstrap.mjs');
  return spawnSync(process.execPath, [script, 'start'], { env, encoding: 'utf8' });
}

test('dependencies are not installed into a folder that node_modules only leads to', async () => {
  const { status, stdout, stderr } = bootstrap();
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^offhook: node_modules is a symbolic link .*\n$/);
  assert.deepEqual(await readdir(join(folder, 'elsewhere')), ['package']);
});

test('what such a folder holds is used where it is what the lock file asks for', async () => {
  const lock = createHash('sha256').update(LOCK).digest('hex');
  const marker = join(folder, 'elsewhere/.offhook-installed.json');
  await writeFile(marker, JSON.stringify({ lock, mode: 'test' }));
  const { status, stderr } = bootstrap();
  assert.deepEqual([status, stderr], [0, '']);
});
