import { isUtf8 } from 'node:buffer';
import { ExchangeError } from '../../domain/errors.ts';
import { MAX_BODY_DEPTH } from './limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Reads a JSON body (RFC 8259) that a stranger wrote. Depth is capped before anything is built; text that the
 * store cannot keep (NUL, half a surrogate pair) and keys that reach into prototypes are refused.
 * @returns undefined for an empty body.
 * @throws {ExchangeError} request-invalid, with a sentence for the client.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw invalid('Request body is not valid UTF-8.');
  if (deeperThan(bytes, MAX_BODY_DEPTH)) {
    throw invalid(`Request body is nested deeper than ${MAX_BODY_DEPTH} levels.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new ExchangeError('request-invalid', 'Request body is not valid JSON.', { cause });
  }
  refuseUnsafe(value);
  return value;
}

/** Counts brackets outside strings in one pass; malformed text is left to the parser. */
function deeperThan(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}

/** Recursion is bounded by the depth cap. */
function refuseUnsafe(value: unknown): void {
  if (typeof value === 'string') refuseText(value);
  else if (Array.isArray(value)) for (const item of value) refuseUnsafe(item);
  else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      refuseText(key);
      // `__proto__` would be lost or become a prototype in any later copy; "constructor.prototype" is its twin.
      if (key === '__proto__') throw invalid('property __proto__ should not exist');
      if (key === 'constructor' && isObject(member) && Object.hasOwn(member, 'prototype')) {
        throw invalid('property constructor.prototype should not exist');
      }
      refuseUnsafe(member);
    }
  }
}

/** @throws {ExchangeError} when a text holds NUL or half a surrogate pair. */
export function refuseText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw invalid('Request holds a NUL character or malformed Unicode.');
  }
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}

function invalid(message: string): ExchangeError {
  return new ExchangeError('request-invalid', message);
}
