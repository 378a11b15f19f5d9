import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { transferMatrixPage } from '../../scripts/transfer-matrix.ts';

test('docs/reference/transfers.md is what the tests of transfers play', async () => {
  const page = await readFile(new URL('../../docs/reference/transfers.md', import.meta.url), 'utf8');
  assert.equal(page, transferMatrixPage(), 'run node scripts/transfer-matrix.ts --write');
});
