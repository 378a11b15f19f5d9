import { randomFillSync } from 'node:crypto';

/** Random bytes that are fetched at a time: each fetch costs as much as hundreds of them. */
const POOL_BYTES = 4_096;

const pool = Buffer.alloc(POOL_BYTES);
let at = POOL_BYTES;

/** So many random bytes, unguessable and never given twice, as hexadecimal text: for tags, branches and Call-IDs. */
export function randomHex(bytes: number): string {
  if (at + bytes > POOL_BYTES) {
    randomFillSync(pool);
    at = 0;
  }
  const text = pool.toString('hex', at, at + bytes);
  at += bytes;
  return text;
}
