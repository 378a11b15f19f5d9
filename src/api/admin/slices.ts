import * as z from 'zod';
import type { ListQuery } from '../../domain/page.ts';

const DEFAULT_LIMIT = 20;
/** A slice of the largest documents is then no more than fifty megabytes. */
const MAX_LIMIT = 50;
/** Keeps the row offset far inside a 64-bit integer. */
const MAX_OFFSET = 1_000_000_000;

export const sliceQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_OFFSET)
    .default(0)
    .meta({ description: '`nextOffset` of the slice before.' }),
});

export function sliceSchema<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextOffset: z.int().optional() });
}

/** A slice of a list, the newest first; `nextOffset` is absent at its end. */
export async function shownSlice<T>(
  { limit, offset }: z.output<typeof sliceQuery>,
  list: (query: ListQuery) => Promise<T[]>,
  show: (item: T) => unknown,
): Promise<{ items: unknown[]; nextOffset?: number }> {
  const items = await list({ limit, offset });
  return { items: items.map(show), ...(items.length === limit && { nextOffset: offset + limit }) };
}
