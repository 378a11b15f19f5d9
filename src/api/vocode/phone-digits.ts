import { isE164Number } from '../../domain/numbers/e164.ts';

/** What may stand between the digits of a number. */
const ORNAMENTS = /[\s().-]/g;

/** A number as the vendor writes it: digits without a plus. */
export function fromPhone(address: string): string {
  return address.startsWith('+') ? address.slice(1) : address;
}

/** A number as the domain has it: E.164 with plus where such a number can exist, else the digits as they came. */
export function toPhone(text: string): string {
  const digits = text.replace(ORNAMENTS, '');
  const whole = digits.startsWith('+') ? digits : `+${digits}`;
  return isE164Number(whole) ? whole : digits;
}
