/** Octets of an RTP header without CSRCs and extension (RFC 3550 section 5.1). */
export const RTP_HEADER_BYTES = 12;
/** Largest datagram that is looked into: an Ethernet frame; 60 ms of G.711 is 492 octets. */
const RTP_PACKET_MAX_BYTES = 1500;

/** The fields of one RTP packet; one object is read into again and again, so that a packet costs no allocation. */
export interface RtpPacket {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payloadOffset: number;
  payloadLength: number;
}

export function newRtpPacket(): RtpPacket {
  return {
    marker: false,
    payloadType: 0,
    sequence: 0,
    timestamp: 0,
    ssrc: 0,
    payloadOffset: 0,
    payloadLength: 0,
  };
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Octets of a packet before its payload, CSRC list and extension with them; more than it has where they are cut off. */
export function rtpHeaderLength(bytes: Uint8Array): number {
  const first = bytes[0] as number;
  const end = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return end;
  if (end + 4 > bytes.length) return Number.POSITIVE_INFINITY;
  return end + 4 + (((bytes[end + 2] as number) << 8) | (bytes[end + 3] as number)) * 4;
}

/**
 * Reads a datagram into `packet` (RFC 3550 section 5.1), CSRC list, extension and padding measured against its length.
 * @returns false when it is not a well-formed RTP packet of version 2; `packet` is then undefined in content.
 */
export function readRtpPacket(bytes: Uint8Array, packet: RtpPacket): boolean {
  const size = bytes.length;
  if (size < RTP_HEADER_BYTES || size > RTP_PACKET_MAX_BYTES) return false;
  const first = bytes[0] as number;
  if (first >> 6 !== 2) return false;
  const second = bytes[1] as number;
  const offset = rtpHeaderLength(bytes);
  let end = size;
  if (first & 0x20) {
    const padding = bytes[size - 1] as number;
    if (padding === 0) return false;
    end -= padding;
  }
  if (offset > end) return false;
  packet.marker = (second & 0x80) !== 0;
  packet.payloadType = second & 0x7f;
  packet.sequence = ((bytes[2] as number) << 8) | (bytes[3] as number);
  packet.timestamp = uint32(bytes, 4);
  packet.ssrc = uint32(bytes, 8);
  packet.payloadOffset = offset;
  packet.payloadLength = end - offset;
  return true;
}

/** Writes a plain twelve-octet header at the start of `bytes`. */
export function writeRtpHeader(
  bytes: Uint8Array,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  bytes[0] = 0x80;
  bytes[1] = (marker ? 0x80 : 0) | payloadType;
  bytes[2] = sequence >>> 8;
  bytes[3] = sequence;
  bytes[4] = timestamp >>> 24;
  bytes[5] = timestamp >>> 16;
  bytes[6] = timestamp >>> 8;
  bytes[7] = timestamp;
  bytes[8] = ssrc >>> 24;
  bytes[9] = ssrc >>> 16;
  bytes[10] = ssrc >>> 8;
  bytes[11] = ssrc;
}
