import { rtpHeaderLength } from '../rtp/rtp-packet.ts';
import { CounterCipher } from './counter-cipher.ts';
import { tagOf } from './packet-tag.ts';
import { deriveSessionKeys, type SessionKeys } from './session-keys.ts';
import { RTCP_TAG_BYTES, RTP_TAG_BYTES, type SrtpSuite } from './srtp-suite.ts';

const RTCP_HEADER_BYTES = 8;
const INDEX_BYTES = 4;
/** The packet is enciphered (RFC 3711 section 3.4); its index has the 31 bits below. */
const ENCRYPTED = 0x8000_0000;

/** Protects what we send under one master key (RFC 3711): RTP of one SSRC, its sequence numbers rising, and RTCP. */
export class SrtpSender {
  /** Times that the sequence number has begun anew. */
  rollOvers = 0;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #rtpCipher: CounterCipher;
  readonly #rtcpCipher: CounterCipher;
  readonly #tagBytes: number;
  readonly #rollOverBytes = Buffer.alloc(4);
  #lastSequence = -1;
  #rtcpIndex = 0;

  constructor(suite: SrtpSuite, master: Uint8Array) {
    this.#rtp = deriveSessionKeys(master, 'rtp');
    this.#rtcp = deriveSessionKeys(master, 'rtcp');
    this.#rtpCipher = new CounterCipher(this.#rtp);
    this.#rtcpCipher = new CounterCipher(this.#rtcp);
    this.#tagBytes = RTP_TAG_BYTES[suite];
  }

  /** Protects the RTP packet in the first `length` octets of `buffer`, in place. @returns its length with the tag. */
  protect(buffer: Buffer, length: number): number {
    const sequence = buffer.readUInt16BE(2);
    if (sequence < this.#lastSequence) this.rollOvers += 1;
    this.#lastSequence = sequence;
    const index = this.rollOvers * 0x10000 + sequence;
    this.#rtpCipher.apply(buffer, rtpHeaderLength(buffer), length, buffer.readUInt32BE(8), index);
    this.#rollOverBytes.writeUInt32BE(this.rollOvers);
    const tag = tagOf(this.#rtp.authentication, buffer.subarray(0, length), this.#rollOverBytes);
    tag.copy(buffer, length, 0, this.#tagBytes);
    return length + this.#tagBytes;
  }

  /** @returns the RTCP packet, protected. */
  protectRtcp(packet: Uint8Array): Buffer {
    const end = packet.length + INDEX_BYTES;
    const out = Buffer.alloc(end + RTCP_TAG_BYTES);
    out.set(packet);
    this.#rtcpIndex += 1;
    this.#rtcpCipher.apply(out, RTCP_HEADER_BYTES, packet.length, out.readUInt32BE(4), this.#rtcpIndex);
    out.writeUInt32BE((ENCRYPTED | this.#rtcpIndex) >>> 0, packet.length);
    tagOf(this.#rtcp.authentication, out.subarray(0, end)).copy(out, end, 0, RTCP_TAG_BYTES);
    return out;
  }
}
