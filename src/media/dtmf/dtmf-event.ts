/** Keys by their event code (RFC 4733 section 3.2). */
export const DTMF_KEYS = '0123456789*#ABCD';
export const DTMF_PAYLOAD_BYTES = 4;
/** Power of the tone that an event stands for: -10 dBm0, as telephones send. */
const DTMF_VOLUME = 10;

/** Event code of a key. @throws {RangeError} when there is no such key. */
export function dtmfCode(key: string): number {
  const code = key.length === 1 ? DTMF_KEYS.indexOf(key.toUpperCase()) : -1;
  if (code < 0) throw new RangeError(`No key of a telephone: ${JSON.stringify(key)}`);
  return code;
}

/** Writes the payload of a telephone-event (RFC 4733 section 2.3). `duration` is in timestamp units. */
export function writeDtmfEvent(
  bytes: Uint8Array,
  offset: number,
  code: number,
  end: boolean,
  duration: number,
): void {
  bytes[offset] = code;
  bytes[offset + 1] = (end ? 0x80 : 0) | DTMF_VOLUME;
  bytes[offset + 2] = duration >>> 8;
  bytes[offset + 3] = duration;
}
