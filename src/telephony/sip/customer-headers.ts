import { DialError } from '../../flow/dialer.ts';
import { breaksLine, isToken } from '../../sip/message/characters.ts';
import { canonicalName } from '../../sip/message/header-names.ts';
import type { HeaderLine } from '../../sip/message/message.ts';

/** A customer's headers of one INVITE: enough for a CRM's facts, and the request stays far below a datagram. */
const MAX_HEADERS = 32;
const MAX_VALUE_CHARACTERS = 1_024;

/** What the stack itself says of dialog, route, body and identity; a second line of it would make another request. */
const OURS = new Set(
  [
    ...['Via', 'Route', 'Record-Route', 'Max-Forwards', 'From', 'To', 'Call-ID', 'CSeq', 'Contact'],
    ...['Content-Length', 'Content-Type', 'Content-Encoding', 'Content-Disposition'],
    ...['Allow', 'Supported', 'Require', 'Proxy-Require', 'Unsupported', 'Expires', 'Session-Expires'],
    ...['Authorization', 'Proxy-Authorization', 'WWW-Authenticate', 'Proxy-Authenticate'],
    ...['P-Asserted-Identity', 'P-Preferred-Identity', 'Identity', 'User-Agent', 'Server', 'Replaces'],
  ].map((name) => name.toLowerCase()),
);

/** The `sipHeaders` of a destination as header lines. @throws {DialError} refused, naming the one that cannot be sent */
export function customerHeaders(headers: Record<string, string>): HeaderLine[] {
  const lines = Object.entries(headers).map(([name, value]) => ({ name, value }));
  if (lines.length > MAX_HEADERS) throw new DialError('refused', `more than ${MAX_HEADERS} SIP headers`);
  for (const { name, value } of lines) {
    if (!isToken(name)) throw new DialError('refused', 'a SIP header has a malformed name');
    if (OURS.has(canonicalName(name).toLowerCase()))
      throw new DialError('refused', `the SIP header ${name} is the exchange's own`);
    if (breaksLine(value) || value.length > MAX_VALUE_CHARACTERS)
      throw new DialError('refused', `the SIP header ${name} has a line break, a NUL, or too long a value`);
  }
  return lines;
}
