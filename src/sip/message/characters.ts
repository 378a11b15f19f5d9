/** One byte per ASCII code: 1 where the character belongs to the class. */
function classOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** `token` of RFC 3261 section 25.1. */
export const TOKEN = classOf(`${ALPHANUMERIC}-.!%*_+\`'~`);
/** Host name characters, with the underscore that real hosts have although they must not. */
export const HOST_NAME = classOf(`${ALPHANUMERIC}-._`);
const USER_CHARACTERS = `${ALPHANUMERIC}-_.!~*'()&=+$,;?/`;
/** What may stand unescaped in the user part: `unreserved` and `user-unreserved`. */
export const USER = classOf(USER_CHARACTERS);
/** The same as it is read: many phones dial `#` unescaped. */
export const READ_USER = classOf(`${USER_CHARACTERS}#`);
/** What may stand unescaped in a URI's password. */
export const PASSWORD = classOf(`${ALPHANUMERIC}-_.!~*'()&=+$,`);
/** `paramchar`: `param-unreserved` and `unreserved`. */
export const URI_PARAMETER = classOf(`${ALPHANUMERIC}-_.!~*'()[]/:&+$`);
/** `hnv-unreserved` and `unreserved`; `=` is written unescaped by common phones. */
export const URI_HEADER = classOf(`${ALPHANUMERIC}-_.!~*'()[]/?:+$=`);

/** Whether all of `text` from `start` to `end` lies in the class. An empty stretch does. */
export function isAll(text: string, table: Uint8Array, start = 0, end = text.length): boolean {
  for (let index = start; index < end; index += 1) {
    if (table[text.charCodeAt(index)] !== 1) return false;
  }
  return true;
}

export function isToken(text: string): boolean {
  return text.length > 0 && isAll(text, TOKEN);
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** SP or HTAB: all the white space that an unfolded value has. */
export function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Reads a decimal number that fills the whole text.
 * @returns undefined for anything else, or for one above `max`; leading zeros do not count.
 */
export function parseDecimal(text: string, max: number): number | undefined {
  if (text.length === 0) return undefined;
  let number = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (!isDigit(code)) return undefined;
    number = number * 10 + (code - 0x30);
    if (number > max) return undefined;
  }
  return number;
}

/** Whether the text has a character that would end the line or the string that it is written into: CR, LF or NUL. */
export function breaksLine(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x0d || code === 0x0a || code === 0x00) return true;
  }
  return false;
}

/** Without SP and HTAB at both ends; `String.trim` would take more than RFC 3261 calls white space. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}
