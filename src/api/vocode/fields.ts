import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';
import type { VocodeRevision } from './revision.ts';

export { assign, compact, serverUrl } from '../server/fields.ts';

/** What stands for a secret in a reply; sent back, it leaves the secret as it is. */
export const MASK = '********';

const NUMERIC = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const WHOLE = /^[+-]?\d+$/;
/** Largest value of the 32-bit columns that such fields are commonly kept in. */
const MAX_INTEGER = 2_147_483_647;
/** No field of the vendor has a meaning beyond this. */
const MAX_NUMBER = 1e9;

export const uuid = () => z.guid().transform((id) => id.toLowerCase());

/** A text in the form of a number is understood as one: the vendor's own examples write numbers so. */
export const number = (minimum = -MAX_NUMBER, maximum = MAX_NUMBER) =>
  z
    .union([z.number(), z.string().regex(NUMERIC).transform(Number)])
    .pipe(z.number().min(minimum).max(maximum));

export const integer = (minimum = -MAX_INTEGER, maximum = MAX_INTEGER) =>
  z.union([z.number(), z.string().regex(WHOLE).transform(Number)]).pipe(z.int().min(minimum).max(maximum));

export const flag = () =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

/** The vendor's `Undefined`: an empty object says that a field was not sent. */
export const unset = () => z.record(z.string(), z.never()).transform((): undefined => undefined);

/** A field of an update: left out or given as `{}` it stays as it is. */
export const given = <S extends z.ZodType>(schema: S) => z.union([schema, unset()]).optional();

/** The same where null clears, in the revision that knows null. */
export const clearable = <S extends z.ZodType>(revision: VocodeRevision, schema: S) =>
  // A schema without null takes less; the type that both revisions share must allow for it.
  given(revision.knowsNull ? schema.nullable() : (schema as unknown as z.ZodNullable<S>));

/** Keys that clients send back inside of every object that they have read. */
const IDENTITY_KEYS = ['id', 'user_id'];

/**
 * An object whose unknown keys are ignored, as the vendor does. One without any known key is refused: it is a mistake
 * that would change nothing in silence.
 */
export function nested<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  const known = new Set([...Object.keys(shape), ...IDENTITY_KEYS]);
  const isKnown = (value: object) => {
    const keys = Object.keys(value);
    return keys.length === 0 || keys.some((key) => known.has(key));
  };
  const object = z
    .looseObject(shape)
    .refine(isKnown, { message: 'has none of the fields that it could have' })
    .transform((value) =>
      Object.fromEntries(Object.entries(value).filter(([key]) => Object.hasOwn(shape, key))),
    );
  return object as unknown as z.ZodType<z.output<z.ZodObject<S>>>;
}

/** Every object of the vendor has them; the user is the org. */
export const identityShape = { id: z.guid(), user_id: z.guid() };

/** What an update makes of a secret: the mask, which is all that clients can read of it, keeps it. */
export function toSecret(text: string, current: Secret | undefined): Secret | undefined {
  return text === MASK ? current : new Secret(text);
}
