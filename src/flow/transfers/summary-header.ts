/** The header by which a called exchange is told what the call is about (docs.vapi.ai). */
export const SUMMARY_HEADER = 'X-Transfer-Summary';
/** Octets of its value: with the SDP and a carrier's own headers the INVITE stays below one datagram of 1500. */
const MAX_OCTETS = 600;
const ELLIPSIS = '...';
/** Control characters, among them every line break that a header must not have. */
const NOT_IN_HEADER = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** A summary on the one line that a header value is, cut at a word. */
export function summaryHeaderValue(summary: string): string {
  const line = summary.replace(NOT_IN_HEADER, ' ').replace(/\s+/g, ' ').trim();
  if (Buffer.byteLength(line) <= MAX_OCTETS) return line;
  let kept = '';
  for (const word of line.split(' ')) {
    const longer = kept === '' ? word : `${kept} ${word}`;
    if (Buffer.byteLength(longer) > MAX_OCTETS - ELLIPSIS.length) break;
    kept = longer;
  }
  return `${kept}${ELLIPSIS}`;
}
