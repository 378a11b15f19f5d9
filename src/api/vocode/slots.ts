import * as z from 'zod';
import { isUuid } from '../../lib/ids.ts';
import type { Given } from '../server/slot-change.ts';
import { clearable, given, uuid } from './fields.ts';
import type { VocodeRevision } from './revision.ts';

const byId = () => uuid().transform((id) => ({ id }));

/**
 * A place in an agent that takes a stored part by its id, or the part's fields. Clients send fields back together with
 * the id that they came with.
 */
export function slot<S extends z.ZodType>(fields: S): z.ZodType<Given<z.output<S>>> {
  const withId = z.intersection(fields, z.object({ id: z.unknown().optional() })).transform((value) => {
    const { id, ...body } = value as { id?: unknown };
    // An update with nothing in it leaves the part as it is, or absent.
    if (Object.keys(body).length === 0) return undefined;
    return typeof id === 'string' && isUuid(id) ? { id: id.toLowerCase(), body } : { body };
  });
  return z.union([byId(), withId]) as unknown as z.ZodType<Given<z.output<S>>>;
}

/** The slot of a prompt, which may be the plain text of one, as in the first revision. */
export function promptSlot<S extends z.ZodType<{ content?: string | undefined }>>(
  fields: S,
): z.ZodType<Given<z.output<S>>> {
  // A text in the form of an id is one only where there is such a prompt.
  const byText = z
    .string()
    .transform((content) =>
      isUuid(content) ? { id: content.toLowerCase(), otherwise: { content } } : { body: { content } },
    );
  return z.union([byText, slot(fields)]) as unknown as z.ZodType<Given<z.output<S>>>;
}

export const givenSlot = <S extends z.ZodType>(fields: S) => given(slot(fields));

export const clearableSlot = <S extends z.ZodType>(revision: VocodeRevision, fields: S) =>
  clearable(revision, slot(fields));
