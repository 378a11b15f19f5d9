import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Ledger } from './ledger.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offhook-ledger-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('what is recorded is there after the next start, readable by its owner alone', async () => {
  const file = join(folder, 'data', 'imports.json');
  const ledger = await Ledger.open(file);
  assert.equal(ledger.find('a'), undefined);
  await ledger.record('a', { id: '1', wrote: { name: 'x' }, shown: {} });
  await ledger.record('__proto__', { id: '2', wrote: {}, shown: {} });
  await ledger.record('a', { id: '3', wrote: {}, shown: {} });
  const again = await Ledger.open(file);
  assert.deepEqual(again.find('a'), { id: '3', wrote: {}, shown: {} });
  assert.deepEqual(again.ids(), new Set(['3', '2']));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(folder, 'data')), ['imports.json']);
});

test('a file that is no ledger is refused, never overwritten', async () => {
  const file = join(folder, 'imports.json');
  const contents = [
    '',
    '{',
    '[]',
    '{"version": 2, "entries": {}}',
    '{"version": 1, "entries": {"a": {"id": 1}}}',
  ];
  for (const content of contents) {
    await writeFile(file, content);
    await assert.rejects(Ledger.open(file), /is no import ledger of this version: move it away/);
  }
});
