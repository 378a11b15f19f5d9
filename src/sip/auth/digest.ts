import { createHash, timingSafeEqual } from 'node:crypto';
import { isSpace } from '../message/characters.ts';
import { ValueReader } from '../message/value-reader.ts';

/** Algorithms we speak, the better first (RFC 8760 section 2.3). */
export const DIGEST_ALGORITHMS = ['SHA-256', 'MD5'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

/** Parameters of one challenge or of one set of credentials; more is an attack. */
const MAX_FIELDS = 32;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/** Reads `Digest name=value, ...` (RFC 7616 sections 3.3 and 3.4). Names in lower case; undefined where it is no Digest. */
export function parseDigestFields(value: string): Map<string, string> | undefined {
  const reader = new ValueReader(value);
  reader.skipSpace();
  if (reader.token().toLowerCase() !== 'digest') return undefined;
  const fields = new Map<string, string>();
  for (;;) {
    reader.skipSpace();
    if (reader.take(COMMA)) continue;
    if (reader.isAtEnd) return fields;
    const name = reader.token().toLowerCase();
    reader.skipSpace();
    if (name === '' || !reader.take(EQUALS) || fields.has(name) || fields.size >= MAX_FIELDS)
      return undefined;
    reader.skipSpace();
    const isQuoted = value.charCodeAt(reader.at) === QUOTE;
    const content = isQuoted
      ? reader.quotedString()
      : reader.until((code) => code === COMMA || isSpace(code));
    if (content === undefined) return undefined;
    fields.set(name, content);
  }
}

/** The algorithm that a field names; MD5 where it names none (RFC 7616 section 3.3). */
export function algorithmOf(fields: Map<string, string>): DigestAlgorithm | undefined {
  const name = fields.get('algorithm')?.toUpperCase() ?? 'MD5';
  return DIGEST_ALGORITHMS.find((algorithm) => algorithm === name);
}

export interface DigestInput {
  algorithm: DigestAlgorithm;
  username: string;
  realm: string;
  password: string;
  method: string;
  uri: string;
  nonce: string;
  /** With qop=auth; unset for the form of RFC 2069. */
  qop?: { nc: string; cnonce: string };
}

/** The `response` value (RFC 7616 section 3.4.1). */
export function digestResponse(input: DigestInput): string {
  const hash = (text: string) =>
    createHash(input.algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const ha1 = hash(`${input.username}:${input.realm}:${input.password}`);
  const ha2 = hash(`${input.method}:${input.uri}`);
  const middle = input.qop ? `${input.nonce}:${input.qop.nc}:${input.qop.cnonce}:auth` : input.nonce;
  return hash(`${ha1}:${middle}:${ha2}`);
}

/** Compares two texts in a time that does not tell where they differ. */
export function isSameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
