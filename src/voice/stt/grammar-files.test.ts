import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../test/support/until.ts';
import { silentLogger } from '../../lib/logger.ts';
import { GrammarFiles, type GrammarLease } from './grammar-files.ts';

const fileOf = ({ search }: GrammarLease) => ('grammarFile' in search ? search.grammarFile : '');

describe('the files of grammars', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'offhook-grammars-'));
  });
  after(() => rm(directory, { recursive: true }));
  const names = () => readdir(directory);

  it('are written once for all who use one at a time, and go with the last of them', async () => {
    const files = new GrammarFiles(directory, silentLogger);
    const [first, second, other] = await Promise.all(['a', 'a', 'b'].map((text) => files.lease(text)));
    assert.ok(first && second && other);
    assert.deepEqual(first.search, second.search);
    assert.notEqual(first.search.key, other.search.key);
    assert.equal((await names()).length, 2);
    const { mtimeMs, mode } = await stat(fileOf(first));
    assert.equal(mode & 0o777, 0o600);
    const third = await files.lease('a');
    assert.equal((await stat(fileOf(third))).mtimeMs, mtimeMs);
    for (const lease of [first, second, other]) lease.release();
    await until('the other is gone', async () => (await names()).length === 1);
    assert.equal(await readFile(fileOf(third), 'utf8'), 'a');
    third.release();
    await until('none is left', async () => (await names()).length === 0);
  });

  it('have another name when they are written again, so that nobody reads half of one', async () => {
    const files = new GrammarFiles(directory, silentLogger);
    const before = await files.lease('a');
    before.release();
    const again = await files.lease('a');
    assert.equal(again.search.key, before.search.key);
    assert.notEqual(fileOf(again), fileOf(before));
    await until('only the new one is left', async () => (await names()).length === 1);
    assert.equal(await readFile(fileOf(again), 'utf8'), 'a');
    again.release();
  });

  it('are tried again where they could not be written', async () => {
    const folder = join(directory, 'later');
    const files = new GrammarFiles(folder, silentLogger);
    await assert.rejects(files.lease('a'), { code: 'ENOENT' });
    await mkdir(folder);
    assert.equal(await readFile(fileOf(await files.lease('a')), 'utf8'), 'a');
  });
});
