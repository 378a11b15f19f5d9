import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { compact } from '../../server/fields.ts';
import { instantOf } from '../instant-of.ts';

/** What tells which number it is, and whether it takes calls; all else is shown by the dialects. */
export function fromNumber({ id, address, sipUri, status, updatedAt }: PhoneNumber): Record<string, unknown> {
  return compact({ id, number: address, sipUri, status, updatedAt: instantOf(updatedAt) });
}
