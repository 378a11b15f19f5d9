/** Both directions work on 8 kHz mono, {@link SAMPLE_RATE_HZ}; a codec of another rate changes it at its own edge. */
export interface AudioEncoder {
  /**
   * Encodes whole frames of 20 ms, at most three, into `bytes` from `offset`.
   * @returns octets written
   */
  encode(samples: Int16Array, bytes: Uint8Array, offset: number): number;
  /** Frees what it holds outside of the collector's reach. */
  close(): void;
}

export interface AudioDecoder {
  /**
   * Decodes the payload of one packet into `out`, which holds {@link MAX_PACKET_SAMPLES}.
   * @returns samples written; -1 for a payload that is none of this codec
   */
  decode(bytes: Uint8Array, offset: number, length: number, out: Int16Array): number;
  /** What a loss is covered with, where the codec has means of its own. */
  readonly repair?: LossRepair;
  close(): void;
}

/** Fills losses from within the codec; both write `count` samples into `out` and return how many they wrote, or -1. */
export interface LossRepair {
  /** From what came before. */
  conceal(count: number, out: Int16Array): number;
  /** From the copy of the packet before it that a payload may carry. */
  recover(bytes: Uint8Array, offset: number, length: number, count: number, out: Int16Array): number;
}

/** Longest packet that is decoded: 120 ms, the most that Opus has, above all that telephones send. */
export const MAX_PACKET_SAMPLES = 960;
