import { isValidPhoneNumber } from 'libphonenumber-js/max';

/** E.164: plus, country code, at most 15 digits in all (ITU-T E.164 section 6). */
const E164 = /^\+[1-9]\d{1,14}$/;

/** Whether a text is a phone number that can exist: in E.164 form and of a range that its country gives out. */
export function isE164Number(text: string): boolean {
  return E164.test(text) && isValidPhoneNumber(text);
}

/** What may stand as a number where the E.164 check is switched off: extensions, short codes, names. */
const RELAXED = /^\+?[a-zA-Z0-9]+$/;

export function isRelaxedNumber(text: string): boolean {
  return RELAXED.test(text);
}
