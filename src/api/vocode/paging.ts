import * as z from 'zod';
import type { ListQuery, Page } from '../../domain/page.ts';
import { orderOf, type PageQuery, pageSchema, shownPage } from '../server/pages.ts';
import { named, type VocodeRevision } from './revision.ts';

/** Rows read at once where a whole list is asked for. */
const CHUNK = 500;

/** The reply of a list, by its items. */
export function listSchema(revision: VocodeRevision, name: string, item: z.ZodType): z.ZodType {
  return revision.lists === 'array' ? z.array(item) : named(revision, `${name}Page`, pageSchema(item));
}

/** Answers a list as the revision does: one page with its total, or everything, or, where a page is asked for, it alone. */
export async function listed<T>(
  revision: VocodeRevision,
  query: PageQuery,
  read: (slice: ListQuery) => Promise<Page<T>>,
  show: (item: T) => unknown,
): Promise<unknown> {
  const isWhole = query.page === undefined && query.size === undefined;
  if (revision.lists === 'array' && isWhole) {
    const shown: unknown[] = [];
    // One after the other: a whole list shown at once would ask the store for everything at once.
    for (const item of await everything(orderOf(query), read)) shown.push(await show(item));
    return shown;
  }
  const page = await shownPage(query, read, show);
  return revision.lists === 'array' ? page.items : page;
}

async function everything<T>(
  order: Pick<ListQuery, 'order' | 'sortBy'>,
  read: (slice: ListQuery) => Promise<Page<T>>,
): Promise<T[]> {
  const all: T[] = [];
  for (let offset = 0; ; offset += CHUNK) {
    const { items, total } = await read({ limit: CHUNK, offset, ...order });
    all.push(...items);
    if (offset + CHUNK >= total) return all;
  }
}
