/** Largest message we read, in bytes: what a UDP datagram can carry. Streams are held to the same. */
export const MAX_MESSAGE_BYTES = 65_535;

/** Header lines of one message. Real ones have 10 to 40; the longest of RFC 4475 stays under 60. */
export const MAX_HEADER_LINES = 256;

/** One header line with its folds, in bytes. The longest that is seen in practice (Identity, Authorization) is about 2 KiB. */
export const MAX_HEADER_LINE_BYTES = 8_192;

/** Via values of one request: as many as the usual initial Max-Forwards of 70 can let in (RFC 3261 section 8.1.1.6). */
export const MAX_VIA_COUNT = 70;

/** Parameters of one header value or URI; more is an attack on our Map, not a phone. */
export const MAX_PARAMETERS = 64;

/** CSeq must be below 2^31 (RFC 3261 section 8.1.1.5). */
export const MAX_CSEQ = 2 ** 31 - 1;

/** Max-Forwards is one octet (RFC 3261 section 20.22). */
export const MAX_MAX_FORWARDS = 255;
