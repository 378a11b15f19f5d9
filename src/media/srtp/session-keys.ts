import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { MASTER_KEY_BYTES, MASTER_SALT_BYTES } from './srtp-suite.ts';

/** Labels of the derived keys (RFC 3711 sections 4.3.1 and 4.3.2). */
const LABELS = {
  rtp: { cipher: 0, authentication: 1, salt: 2 },
  rtcp: { cipher: 3, authentication: 4, salt: 5 },
} as const;
const CIPHER_KEY_BYTES = 16;
const AUTHENTICATION_KEY_BYTES = 20;
const SALT_BYTES = 14;
const BLOCK_BYTES = 16;
/** Place of the label in the salt: the key derivation rate is 0, so 48 bits of zero stand behind it. */
const LABEL_AT = 7;

/** What one direction of RTP, or of RTCP, is enciphered and authenticated with. */
export interface SessionKeys {
  cipher: Buffer;
  salt: Buffer;
  authentication: KeyObject;
}

/**
 * Derives the keys of a stream from the master key and the salt behind it (RFC 3711 section 4.3).
 * @throws {RangeError} when `master` has another length than both together.
 */
export function deriveSessionKeys(master: Uint8Array, use: 'rtp' | 'rtcp'): SessionKeys {
  if (master.length !== MASTER_KEY_BYTES + MASTER_SALT_BYTES)
    throw new RangeError('A master key and its salt have 30 octets.');
  const labels = LABELS[use];
  return {
    cipher: derive(master, labels.cipher, CIPHER_KEY_BYTES),
    salt: derive(master, labels.salt, SALT_BYTES),
    authentication: createSecretKey(derive(master, labels.authentication, AUTHENTICATION_KEY_BYTES)),
  };
}

function derive(master: Uint8Array, label: number, length: number): Buffer {
  const vector = Buffer.alloc(BLOCK_BYTES);
  vector.set(master.subarray(MASTER_KEY_BYTES), 0);
  vector[LABEL_AT] = (vector[LABEL_AT] as number) ^ label;
  const cipher = createCipheriv('aes-128-ctr', master.subarray(0, MASTER_KEY_BYTES), vector);
  return cipher.update(Buffer.alloc(length));
}
