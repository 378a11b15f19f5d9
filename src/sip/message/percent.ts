import { isAll } from './characters.ts';

const PERCENT = 0x25;
/** A byte above 0x7f that is no UTF-8 is kept as this lone surrogate plus the byte, so that writing gives it back. */
const BYTE_SURROGATE_BASE = 0xdc00;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

/**
 * Decodes `%HH` in a part of a URI whose other characters must lie in the class (RFC 3261 section 19.1.2). Characters
 * beyond ASCII are let through as they are: phones write them unescaped.
 * @returns undefined for a stray `%` or a foreign character.
 */
export function decodePercent(text: string, table: Uint8Array): string | undefined {
  if (isAll(text, table)) return text;
  if (!text.includes('%')) return hasForeign(text, table) ? undefined : text.toWellFormed();
  // As bytes, and all at once: a character at a time would take milliseconds for a long user part that is no ASCII.
  const source = Buffer.from(text, 'utf8');
  const bytes = Buffer.allocUnsafe(source.length);
  let length = 0;
  let hasHigh = false;
  for (let index = 0; index < source.length; index += 1) {
    let byte = source[index] as number;
    if (byte === PERCENT) {
      const high = hexValue(source[index + 1] ?? 0);
      const low = hexValue(source[index + 2] ?? 0);
      if (high < 0 || low < 0) return undefined;
      byte = high * 16 + low;
      index += 2;
    } else if (byte <= 0x7f && table[byte] !== 1) return undefined;
    if (byte > 0x7f) hasHigh = true;
    bytes[length] = byte;
    length += 1;
  }
  const decoded = bytes.subarray(0, length);
  return hasHigh ? decodeUtf8(decoded) : decoded.toString('latin1');
}

/** Whether an ASCII character lies outside the class. */
function hasForeign(text: string, table: Uint8Array): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code <= 0x7f && table[code] !== 1) return true;
  }
  return false;
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte > 0x7f ? BYTE_SURROGATE_BASE + byte : byte);
    return text;
  }
}

/** Escapes what does not lie in the class; the reverse of {@link decodePercent}. */
export function encodePercent(text: string, table: Uint8Array): string {
  if (isAll(text, table)) return text;
  let encoded = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80 && table[code] === 1) encoded += character;
    else if (code > BYTE_SURROGATE_BASE + 0x7f && code <= BYTE_SURROGATE_BASE + 0xff)
      encoded += escapeByte(code - BYTE_SURROGATE_BASE);
    else for (const byte of Buffer.from(character, 'utf8')) encoded += escapeByte(byte);
  }
  return encoded;
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
