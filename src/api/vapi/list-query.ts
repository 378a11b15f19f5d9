import * as z from 'zod';
import type { InstantRange, ListQuery } from '../../domain/page.ts';
import { compact, instant, uuid } from './fields.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const MAX_SEARCH_LENGTH = 100;
/** Keeps the row offset far inside a 64-bit integer. */
const MAX_PAGE = 1_000_000_000;

const countText = (maximum: number, minimum: number) =>
  z
    .string()
    .refine((text) => /^\d{1,15}(\.\d+)?$/.test(text), {
      message: 'must be a number conforming to the specified constraints',
    })
    .transform((text) => Math.trunc(Number(text)))
    .pipe(z.number().min(minimum).max(maximum));

const instants = {
  createdAtGt: instant().optional(),
  createdAtLt: instant().optional(),
  createdAtGe: instant().optional(),
  createdAtLe: instant().optional(),
  updatedAtGt: instant().optional(),
  updatedAtLt: instant().optional(),
  updatedAtGe: instant().optional(),
  updatedAtLe: instant().optional(),
};

export const idParams = z.object({ id: uuid().transform((id) => id.toLowerCase()) });

export const listQuery = z.strictObject({ limit: countText(MAX_LIMIT, 0).optional(), ...instants });

export const pageQuery = listQuery.extend({
  search: z.string().max(MAX_SEARCH_LENGTH).optional(),
  page: countText(MAX_PAGE, 1).optional(),
  sortOrder: z.enum(['ASC', 'DESC']).optional(),
  // `duration` and `cost` come from a query shared with calls and mean nothing for numbers: creation decides.
  sortBy: z.enum(['createdAt', 'duration', 'cost']).optional(),
});

type Instants = { [K in keyof typeof instants]?: string | undefined };

export function toListQuery(query: { limit?: number | undefined } & Instants): ListQuery {
  const createdAt = range(query.createdAtGt, query.createdAtLt, query.createdAtGe, query.createdAtLe);
  const updatedAt = range(query.updatedAtGt, query.updatedAtLt, query.updatedAtGe, query.updatedAtLe);
  return {
    limit: query.limit ?? DEFAULT_LIMIT,
    order: 'descending',
    ...(createdAt && { createdAt }),
    ...(updatedAt && { updatedAt }),
  };
}

function range(gt?: string, lt?: string, ge?: string, le?: string): InstantRange | undefined {
  const bounds = compact({ gt: at(gt), lt: at(lt), ge: at(ge), le: at(le) });
  return Object.keys(bounds).length > 0 ? bounds : undefined;
}

/** An instant without a zone is UTC, wherever the exchange stands (a date alone is so by ECMA-262). */
function at(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return Date.parse(/T[^Z+-]*$/.test(text) ? `${text}Z` : text);
}
