import { type Cipheriv, createCipheriv } from 'node:crypto';
import type { SessionKeys } from './session-keys.ts';

const BLOCK_BYTES = 16;
/** Enough for the largest datagram that is looked into. */
const MAX_BLOCKS = 94;
/** Places in the counter block (RFC 3711 section 4.1.1): SSRC, packet index of 48 bits, number of the block. */
const SSRC_AT = 4;
const INDEX_AT = 8;
const BLOCK_NUMBER_AT = 14;

/**
 * AES in counter mode (RFC 3711 section 4.1.1). One cipher object serves all packets: it enciphers the counter blocks of a
 * packet in one call, which makes it cheaper than a counter-mode object for each.
 */
export class CounterCipher {
  readonly #cipher: Cipheriv;
  readonly #salt: Buffer;
  readonly #blocks = Buffer.alloc(MAX_BLOCKS * BLOCK_BYTES);

  constructor({ cipher, salt }: Pick<SessionKeys, 'cipher' | 'salt'>) {
    this.#cipher = createCipheriv('aes-128-ecb', cipher, null).setAutoPadding(false);
    this.#salt = salt;
    for (let block = 0; block < MAX_BLOCKS; block += 1) this.#blocks[block * BLOCK_BYTES + 15] = block;
  }

  /** Enciphers or deciphers `bytes` from `from` to `to`, in place. `index` is that of the packet, up to 48 bits. */
  apply(bytes: Uint8Array, from: number, to: number, ssrc: number, index: number): void {
    const length = to - from;
    if (length <= 0) return;
    const blocks = this.#counterBlocks(Math.ceil(length / BLOCK_BYTES), ssrc, index);
    const stream = this.#cipher.update(blocks);
    for (let i = 0; i < length; i += 1) bytes[from + i] = (bytes[from + i] as number) ^ (stream[i] as number);
  }

  #counterBlocks(count: number, ssrc: number, index: number): Buffer {
    const blocks = this.#blocks;
    blocks.set(this.#salt, 0);
    blocks.writeUInt32BE((blocks.readUInt32BE(SSRC_AT) ^ ssrc) >>> 0, SSRC_AT);
    const high = Math.floor(index / 0x10000);
    blocks.writeUInt32BE((blocks.readUInt32BE(INDEX_AT) ^ high) >>> 0, INDEX_AT);
    blocks.writeUInt16BE(blocks.readUInt16BE(INDEX_AT + 4) ^ (index & 0xffff), INDEX_AT + 4);
    for (let block = 1; block < count; block += 1) blocks.copyWithin(block * BLOCK_BYTES, 0, BLOCK_NUMBER_AT);
    return blocks.subarray(0, count * BLOCK_BYTES);
  }
}
