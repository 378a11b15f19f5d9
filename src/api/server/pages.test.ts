import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import type { ListQuery } from '../../domain/page.ts';
import { pageQuery, pageSchema, shownPage } from './pages.ts';

const ROWS = Array.from({ length: 25 }, (_, index) => index);

async function read({ limit, offset = 0, order }: ListQuery) {
  const all = order === 'descending' ? ROWS.toReversed() : ROWS;
  return { items: all.slice(offset, offset + limit), total: ROWS.length };
}
const page = async (query: Record<string, string>) => {
  const shown = await shownPage(pageQuery.parse(query), read, String);
  return pageSchema(z.string()).parse(shown);
};

test('the first ten come first, the oldest at the top, with how many there are', async () => {
  assert.deepEqual(await page({}), {
    items: ROWS.slice(0, 10).map(String),
    page: 1,
    size: 10,
    has_more: true,
    total: 25,
    total_is_estimated: false,
  });
});

test('the last page says that it is the last, and one behind it is empty', async () => {
  const last = await page({ page: '3', size: '12' });
  assert.deepEqual([last.items, last.has_more], [['24'], false]);
  const behind = await page({ page: '4', size: '12' });
  assert.deepEqual([behind.items, behind.has_more, behind.total], [[], false, 25]);
});

test('descending begins with the newest', async () => {
  assert.deepEqual((await page({ size: '2', sort_desc: 'True' })).items, ['24', '23']);
  assert.deepEqual((await page({ size: '2', sort_desc: '0' })).items, ['0', '1']);
});

test('sizes and pages out of bounds are refused', () => {
  for (const query of [
    { size: '0' },
    { size: '101' },
    { page: '0' },
    { page: '1e9' },
    { page: '9999999999' },
    { sort_desc: 'up' },
  ])
    assert.equal(pageQuery.safeParse(query).success, false, JSON.stringify(query));
});

test('a column that every object has is what the rows are sorted by; another leaves the order of their making', async () => {
  const asked: ListQuery[] = [];
  const sorted = (query: Record<string, string>) =>
    shownPage(
      pageQuery.parse(query),
      async (slice) => {
        asked.push(slice);
        return { items: [], total: 0 };
      },
      String,
    );
  for (const sort_column of ['updated_at', 'id', 'mood', 'constructor'])
    await sorted({ sort_column, sort_desc: '1' });
  assert.deepEqual(
    asked.map(({ sortBy, order }) => [sortBy, order]),
    [
      ['updatedAt', 'descending'],
      ['id', 'descending'],
      [undefined, 'descending'],
      [undefined, 'descending'],
    ],
  );
});
