/** RTP as the generator needs it: version 2, no extensions, PCMU, 20 ms (RFC 3550 section 5.1, RFC 3551 section 4.5.14). */
export const FRAME_MS = 20;
export const FRAME_BYTES = 160;
export const RTP_HEADER_BYTES = 12;
const VERSION_2 = 0x80;
const MARKER = 0x80;
export const PCMU_PAYLOAD_TYPE = 0;

/** What is the codec's in a header: its payload type, and how far the timestamp goes in a packet. */
export interface PacketFormat {
  payloadType: number;
  ticks: number;
}

export const PCMU_FORMAT: PacketFormat = { payloadType: PCMU_PAYLOAD_TYPE, ticks: FRAME_BYTES };
/** mu-law of zero, both signs. */
const SILENCES: readonly number[] = [0xff, 0x7f];

/** A packet whose payload is set once and whose header is written again for each sending. */
export function rtpPacket(ssrc: number, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(RTP_HEADER_BYTES + payload.length);
  packet[0] = VERSION_2;
  packet[1] = PCMU_PAYLOAD_TYPE;
  packet.writeUInt32BE(ssrc >>> 0, 8);
  packet.set(payload, RTP_HEADER_BYTES);
  return packet;
}

/** @param index packets sent before this one. */
export function stamp(packet: Buffer, index: number, marker = false, format = PCMU_FORMAT): void {
  packet[1] = format.payloadType | (marker ? MARKER : 0);
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((index * format.ticks) >>> 0, 4);
}

/** Audio of the format, not RTCP, DTMF or comfort noise. */
export function isAudio(packet: Buffer, { payloadType } = PCMU_FORMAT): boolean {
  return (
    packet.length >= RTP_HEADER_BYTES &&
    ((packet[0] as number) & 0xc0) === VERSION_2 &&
    ((packet[1] as number) & 0x7f) === payloadType
  );
}

export function sequenceOf(packet: Buffer): number {
  return packet.readUInt16BE(2);
}

/** Whether a packet holds more than digital silence. mu-law codes near 0xff and 0x7f are amplitudes of a few units. */
export function isVoiced(packet: Buffer): boolean {
  for (let at = RTP_HEADER_BYTES; at < packet.length; at += 1) {
    const code = packet[at] as number;
    // The 16 codes next to silence are below amplitude 32 of 32768: dither, not voice.
    if (SILENCES.every((silence) => silence - code > 16 || silence < code)) return true;
  }
  return false;
}

/** 20 ms of a tone that is loud for every VAD: 400 Hz, whole periods in a frame, so that frames join without a click. */
export function tone(): Uint8Array {
  const loud = 0x90;
  const soft = 0xb0;
  return Uint8Array.from({ length: FRAME_BYTES }, (_, index) => {
    const phase = index % 20;
    const code = phase % 10 < 2 || phase % 10 > 7 ? soft : loud;
    return phase < 10 ? code : code & 0x7f;
  });
}

export function silence(): Uint8Array {
  return new Uint8Array(FRAME_BYTES).fill(0xff);
}
