import * as z from 'zod';
import type { ListQuery, Page, SortColumn } from '../../domain/page.ts';

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;
/** Keeps the row offset far inside a 64-bit integer. */
const MAX_PAGE = 1_000_000_000;
/** Characters of a column's name. */
const MAX_COLUMN_LENGTH = 100;
const YES = ['true', '1', 'yes', 'on'];
const NO = ['false', '0', 'no', 'off'];

const wholeText = (maximum: number) =>
  z
    .string()
    .regex(/^\+?\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(maximum));

/** The columns that the vendors' lists are sorted by and that every object has; another one sorts by none of its own. */
const SORT_COLUMNS: Readonly<Record<string, SortColumn>> = {
  id: 'id',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
};

/** Without a column that is known, rows come in the order of their making. */
export const pageQuery = z.object({
  page: wholeText(MAX_PAGE).optional(),
  size: wholeText(MAX_PAGE_SIZE).optional(),
  sort_column: z.string().max(MAX_COLUMN_LENGTH).optional(),
  sort_desc: z
    .string()
    .toLowerCase()
    .pipe(z.enum([...YES, ...NO]))
    .transform((text) => YES.includes(text))
    .optional(),
});

export type PageQuery = z.output<typeof pageQuery>;

export function pageSchema<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item),
    page: z.int(),
    size: z.int(),
    has_more: z.boolean(),
    total: z.int(),
    total_is_estimated: z.boolean(),
  });
}

/** A page as the vendors show it. `read` gives the slice's items and how many there are in all. */
export async function shownPage<T, S>(
  query: PageQuery,
  read: (slice: ListQuery) => Promise<Page<T>>,
  show: (item: T) => S | Promise<S>,
) {
  const { page = 1, size = DEFAULT_PAGE_SIZE } = query;
  const offset = (page - 1) * size;
  const { items, total } = await read({ limit: size, offset, ...orderOf(query) });
  const shown: S[] = [];
  // One after the other: a page that is shown at once would ask the store for everything at once.
  for (const item of items) shown.push(await show(item));
  return {
    items: shown,
    page,
    size,
    has_more: offset + items.length < total,
    total,
    total_is_estimated: false,
  };
}

export function orderOf({
  sort_column = '',
  sort_desc,
}: Pick<PageQuery, 'sort_column' | 'sort_desc'>): Pick<ListQuery, 'order' | 'sortBy'> {
  const order = sort_desc ? 'descending' : 'ascending';
  return Object.hasOwn(SORT_COLUMNS, sort_column)
    ? { order, sortBy: SORT_COLUMNS[sort_column] as SortColumn }
    : { order };
}
