/** The transforms that we speak, by their names in SDP (RFC 4568 section 6.2). */
export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32';

/** Octets of the authentication tag behind each RTP packet. */
export const RTP_TAG_BYTES: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 10,
  AES_CM_128_HMAC_SHA1_32: 4,
};
/** RTCP keeps the long tag in both suites (RFC 4568 section 6.2.2). */
export const RTCP_TAG_BYTES = 10;
export const MAX_TAG_BYTES = 10;

/** Octets of a master key, and of the master salt behind it. */
export const MASTER_KEY_BYTES = 16;
export const MASTER_SALT_BYTES = 14;
