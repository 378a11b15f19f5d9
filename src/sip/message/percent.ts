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
  const bytes: number[] = [];
  let hasHigh = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === PERCENT) {
      const byte = hexValue(text.charCodeAt(index + 1)) * 16 + hexValue(text.charCodeAt(index + 2));
      if (!(byte >= 0) || hexValue(text.charCodeAt(index + 2)) < 0) return undefined;
      bytes.push(byte);
      if (byte > 0x7f) hasHigh = true;
      index += 2;
    } else if (code > 0x7f) {
      const character = String.fromCodePoint(text.codePointAt(index) as number);
      bytes.push(...Buffer.from(character, 'utf8'));
      index += character.length - 1;
      hasHigh = true;
    } else if (table[code] === 1) bytes.push(code);
    else return undefined;
  }
  const buffer = Buffer.from(bytes);
  return hasHigh ? decodeUtf8(buffer) : buffer.toString('latin1');
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
