/** What an encoder added to the audio, in samples of one channel. */
export interface Mp3Padding {
  /** To be left out at the start. */
  start: number;
  /** To be left out at the end. */
  end: number;
}

const NONE: Mp3Padding = { start: 0, end: 0 };
const HEADER_BYTES = 4;
const ID3_HEADER_BYTES = 10;
/** A decoder's own delay: the filter bank of Layer III and one sample of look-ahead. */
const DECODER_DELAY = 529;
/** Sizes of the optional fields of the tag behind its flags, in the order of the flags' bits. */
const OPTIONAL_BYTES = [4, 4, 100, 4] as const;
/** Behind those: encoder's name and settings, up to the two delays of 12 bits. */
const LAME_DELAYS_OFFSET = 21;

/**
 * Reads what the encoder says it added (the Xing or Info frame with its LAME extension), so that a loop has no gap. The
 * frame itself is decoded as silence and belongs to the start.
 */
export function mp3Padding(bytes: Uint8Array): Mp3Padding {
  const frame = bytes.subarray(id3Length(bytes));
  if (frame.length < HEADER_BYTES || frame[0] !== 0xff || ((frame[1] as number) & 0xe0) !== 0xe0) return NONE;
  const isMpeg1 = ((frame[1] as number) & 0x18) === 0x18;
  const isMono = ((frame[3] as number) & 0xc0) === 0xc0;
  const sideBytes = isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17;
  const at = HEADER_BYTES + sideBytes;
  const tag = String.fromCharCode(...frame.subarray(at, at + 4));
  if (tag !== 'Xing' && tag !== 'Info') return NONE;
  const frameSamples = isMpeg1 ? 1152 : 576;
  const flags = frame[at + 7] ?? 0;
  const optional = OPTIONAL_BYTES.reduce((sum, size, bit) => sum + (flags & (1 << bit) ? size : 0), 0);
  const delays = at + 8 + optional + LAME_DELAYS_OFFSET;
  const [high, middle, low] = frame.subarray(delays, delays + 3);
  if (high === undefined || middle === undefined || low === undefined) return { start: frameSamples, end: 0 };
  const delay = (high << 4) | (middle >> 4);
  const padding = ((middle & 0x0f) << 8) | low;
  // Without the extension the bytes are those of an empty frame.
  if (delay === 0 && padding === 0) return { start: frameSamples, end: 0 };
  return { start: frameSamples + delay + DECODER_DELAY, end: Math.max(0, padding - DECODER_DELAY) };
}

/** Bytes of an ID3v2 tag at the start, whose length is told in groups of seven bits. */
function id3Length(bytes: Uint8Array): number {
  if (String.fromCharCode(...bytes.subarray(0, 3)) !== 'ID3' || bytes.length < ID3_HEADER_BYTES) return 0;
  const length = bytes.subarray(6, 10).reduce((sum, byte) => (sum << 7) | (byte & 0x7f), 0);
  return ID3_HEADER_BYTES + length;
}
