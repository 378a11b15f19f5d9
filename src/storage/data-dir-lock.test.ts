import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../lib/ids.ts';
import { claimDataDir } from './data-dir-lock.ts';
import { StorageOpenError } from './storage-open-error.ts';

test('a data folder serves one exchange at a time, and is free again after it', {
  skip: process.platform === 'linux' ? false : 'the claim needs the abstract sockets of Linux',
}, async () => {
  const nodeId = newId();
  const release = await claimDataDir('./data', nodeId);
  await assert.rejects(claimDataDir('./data', nodeId), (error) => {
    assert.ok(error instanceof StorageOpenError);
    assert.equal(error.code, 'data-dir-in-use');
    assert.match(error.message, /^The data folder \.\/data is in use by another exchange/);
    return true;
  });
  const other = await claimDataDir('./other', newId());
  await release();
  const again = await claimDataDir('./data', nodeId);
  await Promise.all([again(), other()]);
});
