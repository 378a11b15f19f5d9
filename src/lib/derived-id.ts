import { createHash } from 'node:crypto';

/**
 * The id of something that has no row: always the same for the same origin, and nobody's else. A UUID of version 8,
 * whose bits are free (RFC 9562 section 5.8).
 */
export function derivedId(name: string, origin: string): string {
  const bytes = createHash('sha256').update(`${name}/${origin}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const VERSION_8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8/i;

/** Whether an id may be a derived one: those of rows are of version 7. */
export function isDerivedId(id: string): boolean {
  return VERSION_8.test(id);
}
