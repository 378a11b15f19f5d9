import { RTP_HEADER_BYTES, rtpHeaderLength } from '../rtp/rtp-packet.ts';
import { CounterCipher } from './counter-cipher.ts';
import { isAuthentic } from './packet-tag.ts';
import { ReplayWindow } from './replay-window.ts';
import { deriveSessionKeys, type SessionKeys } from './session-keys.ts';
import { RTCP_TAG_BYTES, RTP_TAG_BYTES, type SrtpSuite } from './srtp-suite.ts';

/** Largest datagram that is looked into: an Ethernet frame. */
const MAX_BYTES = 1500;
/** Sources kept apart; a call has one, and another after a transfer at the far end. */
const MAX_SOURCES = 4;
const CYCLE = 0x10000;
const RTCP_HEADER_BYTES = 8;
const INDEX_BYTES = 4;
const ENCRYPTED = 0x8000_0000;

/** Why a packet was not taken. A replay has proved to be authentic once. */
export type SrtpRefusal = 'malformed' | 'replayed' | 'not-authentic';

/** Opens what a peer sends under one master key (RFC 3711). Its state changes by authentic packets alone. */
export class SrtpReceiver {
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #rtpCipher: CounterCipher;
  readonly #rtcpCipher: CounterCipher;
  readonly #tagBytes: number;
  readonly #sources = new Map<number, ReplayWindow>();
  readonly #rtcpSources = new Map<number, ReplayWindow>();
  readonly #rollOversBefore: ReadonlyMap<number, number>;
  readonly #rollOverBytes = Buffer.alloc(4);

  /**
   * @param rollOversBefore the counters by SSRC under the key before this one: a peer may go on with them, as RFC 3711
   * section 3.3.1 has it, or begin anew, as most do.
   */
  constructor(
    suite: SrtpSuite,
    master: Uint8Array,
    rollOversBefore: ReadonlyMap<number, number> = new Map(),
  ) {
    this.#rtp = deriveSessionKeys(master, 'rtp');
    this.#rtcp = deriveSessionKeys(master, 'rtcp');
    this.#rtpCipher = new CounterCipher(this.#rtp);
    this.#rtcpCipher = new CounterCipher(this.#rtcp);
    this.#tagBytes = RTP_TAG_BYTES[suite];
    this.#rollOversBefore = rollOversBefore;
  }

  /** How often the sequence numbers of each source have begun anew. */
  get rollOvers(): Map<number, number> {
    return new Map([...this.#sources].map(([ssrc, { highest }]) => [ssrc, Math.floor(highest / CYCLE)]));
  }

  /** Opens an RTP packet, deciphering `bytes` in place. @returns what is inside, a view of it; or why not. */
  open(bytes: Buffer): Buffer | SrtpRefusal {
    const headerBytes = bytes.length < RTP_HEADER_BYTES ? Infinity : rtpHeaderLength(bytes);
    const end = bytes.length - this.#tagBytes;
    if (headerBytes > end || bytes.length > MAX_BYTES) return 'malformed';
    const sequence = bytes.readUInt16BE(2);
    const ssrc = bytes.readUInt32BE(8);
    const window = this.#sources.get(ssrc);
    const index = window ? nearestIndex(sequence, window.highest) : sequence;
    if (window && (index < 0 || !window.admits(index))) return 'replayed';
    const found = this.#authenticIndex(bytes, index, window ? 0 : (this.#rollOversBefore.get(ssrc) ?? 0));
    if (found === undefined) return 'not-authentic';
    noteIn(this.#sources, ssrc, found);
    this.#rtpCipher.apply(bytes, headerBytes, end, ssrc, found);
    return bytes.subarray(0, end);
  }

  /** As {@link SrtpReceiver.open}, for an RTCP packet. */
  openRtcp(bytes: Buffer): Buffer | SrtpRefusal {
    const end = bytes.length - RTCP_TAG_BYTES - INDEX_BYTES;
    if (end < RTCP_HEADER_BYTES || bytes.length > MAX_BYTES) return 'malformed';
    const trailer = bytes.readUInt32BE(end);
    const index = trailer % ENCRYPTED;
    const ssrc = bytes.readUInt32BE(4);
    if (this.#rtcpSources.get(ssrc)?.admits(index) === false) return 'replayed';
    if (!isAuthentic(this.#rtcp.authentication, bytes, RTCP_TAG_BYTES)) return 'not-authentic';
    noteIn(this.#rtcpSources, ssrc, index);
    if (trailer >= ENCRYPTED) this.#rtcpCipher.apply(bytes, RTCP_HEADER_BYTES, end, ssrc, index);
    return bytes.subarray(0, end);
  }

  /** The index under which the tag fits: the guessed one, else that with the counter of the key before. */
  #authenticIndex(bytes: Buffer, index: number, rollOversBefore: number): number | undefined {
    if (this.#fits(bytes, index)) return index;
    const other = index + rollOversBefore * CYCLE;
    return rollOversBefore > 0 && this.#fits(bytes, other) ? other : undefined;
  }

  #fits(bytes: Buffer, index: number): boolean {
    this.#rollOverBytes.writeUInt32BE(Math.floor(index / CYCLE) >>> 0);
    return isAuthentic(this.#rtp.authentication, bytes, this.#tagBytes, this.#rollOverBytes);
  }
}

/** The index with this sequence number that lies nearest to the highest so far (RFC 3711 section 3.3.1). */
function nearestIndex(sequence: number, highest: number): number {
  const rollOvers = Math.floor(highest / CYCLE);
  const distance = sequence - (highest % CYCLE);
  if (distance > CYCLE / 2) return (rollOvers - 1) * CYCLE + sequence;
  return (distance < -CYCLE / 2 ? rollOvers + 1 : rollOvers) * CYCLE + sequence;
}

function noteIn(sources: Map<number, ReplayWindow>, ssrc: number, index: number): void {
  let window = sources.get(ssrc);
  if (!window) {
    const [oldest] = sources.keys();
    if (sources.size >= MAX_SOURCES && oldest !== undefined) sources.delete(oldest);
    window = new ReplayWindow();
    sources.set(ssrc, window);
  }
  window.note(index);
}
