import { Secret } from '../../lib/secret.ts';

/** SRTP transforms that we speak, the dearest first (RFC 4568 section 6.2). */
export const SRTP_SUITES = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const;
export type SrtpSuite = (typeof SRTP_SUITES)[number];

/** An `a=crypto` line of a description (RFC 4568 section 4). */
export interface CryptoAttribute {
  tag: number;
  suite: SrtpSuite;
  /** Master key and salt, 30 octets in base64. */
  key: Secret;
}

/**
 * One key of 30 octets, which may name its lifetime: we never reach one that is worth naming. A key with an MKI would put
 * octets into each packet that we do not expect, and so would most session parameters change them; only the hint on the
 * replay window does not.
 */
const CRYPTO_LINE =
  /^a=crypto:(\d{1,9}) (AES_CM_128_HMAC_SHA1_(?:80|32)) inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^)?\d{1,15})?(?: WSH=\d{1,4})?[ \t]*$/;

/** Reads an `a=crypto` line. @returns undefined for one that is malformed or asks for what we do not speak. */
export function readCryptoLine(line: string): CryptoAttribute | undefined {
  const [, tag, suite, key] = CRYPTO_LINE.exec(line) ?? [];
  if (tag === undefined || key === undefined) return undefined;
  return { tag: Number(tag), suite: suite as SrtpSuite, key: new Secret(key) };
}

/** The parts of the `a=crypto` line of a key. */
export function writtenCrypto({ tag, suite, key }: CryptoAttribute): {
  id: number;
  suite: string;
  config: string;
} {
  return { id: tag, suite, config: `inline:${key.reveal()}` };
}
