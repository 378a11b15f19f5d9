import type { DigestAlgorithm } from '../../sip/auth/digest.ts';

/**
 * Names in User-Agent of callers that give up where any challenge names an algorithm other than MD5, wherever it stands,
 * instead of passing over it (RFC 7616 section 3.3): baresip 1.0 with its libre does.
 */
const MD5_ONLY = ['baresip'];

/** The algorithms to challenge a caller with; undefined for all that we speak. */
export function algorithmsFor(userAgent: string | undefined): readonly DigestAlgorithm[] | undefined {
  const name = userAgent?.toLowerCase() ?? '';
  return MD5_ONLY.some((caller) => name.startsWith(caller)) ? ['MD5'] : undefined;
}
