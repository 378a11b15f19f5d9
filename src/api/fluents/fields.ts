import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';
import { uuid } from '../server/fields.ts';

export { assign, type Compact, compact, headerText, serverUrl } from '../server/fields.ts';

const MAX_LABEL_LENGTH = 1000;
const MAX_DESCRIPTION_LENGTH = 10_000;
const MAX_TAGS = 100;
const MAX_TAG_LENGTH = 200;

/** An id as it is stored: in lower case. */
export const idText = () => uuid().transform((id) => id.toLowerCase());

export const idQuery = z.object({ id: idText() });

export const label = () => z.string().max(MAX_LABEL_LENGTH);
export const description = () => z.string().max(MAX_DESCRIPTION_LENGTH);
export const tags = () => z.array(z.string().max(MAX_TAG_LENGTH)).max(MAX_TAGS);

/** An object whose keys mean nothing to the exchange. */
export const anyObject = () => z.record(z.string(), z.unknown());

/** A number, or the text of one: the vendor's own examples write both. */
export const numeric = () =>
  z.union([
    z.number(),
    z
      .string()
      .regex(/^\s*[+-]?(\d+\.?\d*|\.\d+)\s*$/)
      .transform(Number),
  ]);

/** What people write between the digits of a number. */
const SEPARATORS = /[\s().-]/g;
/** Shorter ones are extensions of a house, dialled as they are. */
const INTERNATIONAL = /^\+?([1-9]\d{6,14})$/;
const EXTENSION = /^\d{2,6}$/;
const MAX_NUMBER_LENGTH = 64;

/** A phone number with or without its plus, given with plus; undefined when it is none. */
export function phoneNumberOf(text: string): string | undefined {
  const bare = text.replaceAll(SEPARATORS, '');
  const digits = INTERNATIONAL.exec(bare)?.[1];
  if (digits !== undefined) return `+${digits}`;
  return EXTENSION.test(bare) ? bare : undefined;
}

export const phoneNumber = () =>
  z
    .string()
    .max(MAX_NUMBER_LENGTH)
    .transform((text, context) => {
      const number = phoneNumberOf(text);
      if (number !== undefined) return number;
      context.addIssue({ code: 'custom', message: 'must be a phone number' });
      return z.NEVER;
    });

/** What stands for a key in every reply: the vendor shows it, we do not. */
export const MASK = '********';

/** The secret that a text is; a client that returns what it read sends the mask, and the present one stays. */
export function toSecret(text: string, current: Secret | undefined): Secret | undefined {
  return text === MASK ? current : new Secret(text);
}
