import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The authentication tag of a packet, whole (RFC 3711 section 4.2.1); it is cut to the suite's length. */
export function tagOf(key: KeyObject, bytes: Uint8Array, trailer?: Uint8Array): Buffer {
  const hmac = createHmac('sha1', key).update(bytes);
  if (trailer) hmac.update(trailer);
  return hmac.digest();
}

/** Whether the tag that stands at the end of `bytes` is that of what is before it. */
export function isAuthentic(
  key: KeyObject,
  bytes: Uint8Array,
  tagBytes: number,
  trailer?: Uint8Array,
): boolean {
  const end = bytes.length - tagBytes;
  const tag = tagOf(key, bytes.subarray(0, end), trailer);
  return timingSafeEqual(tag.subarray(0, tagBytes), bytes.subarray(end));
}
