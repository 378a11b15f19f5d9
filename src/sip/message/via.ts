import { isIP } from 'node:net';
import { parseDecimal } from './characters.ts';
import type { Via } from './message.ts';
import { formatHostPort, parseHostPort } from './uri.ts';
import { formatParameters, ValueReader } from './value-reader.ts';

/** Begins each branch made by an RFC 3261 element (section 8.1.1.7). */
export const BRANCH_COOKIE = 'z9hG4bK';

const SLASH = 0x2f;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const CLOSING_BRACKET = 0x5d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Reads one Via value (RFC 3261 section 20.42, RFC 3581). `params` has those that have no field of their own. Stray `;`
 * are passed over, as a request with them can still be answered.
 */
export function parseVia(value: string): Via | undefined {
  const reader = new ValueReader(value);
  const protocol = slashSeparatedToken(reader);
  const version = protocol && reader.take(SLASH) ? slashSeparatedToken(reader) : '';
  const transport = version && reader.take(SLASH) ? slashSeparatedToken(reader) : '';
  if (!transport) return undefined;
  const sentBy = parseSentBy(reader);
  const params = sentBy && reader.parameters(true);
  if (!params) return undefined;
  const via: Via = {
    protocol: `${protocol}/${version}`,
    transport: transport.toUpperCase(),
    ...sentBy,
    params,
  };
  return takeKnownParameters(via) ? via : undefined;
}

function slashSeparatedToken(reader: ValueReader): string {
  reader.skipSpace();
  const token = reader.token();
  reader.skipSpace();
  return token;
}

/** White space may stand on both sides of the colon: `host : 5060`. */
function parseSentBy(reader: ValueReader): { host: string; port?: number } | undefined {
  const isEnd = (code: number): boolean => code === SEMICOLON || code === SPACE || code === TAB;
  let hostPort = reader.until(isEnd);
  reader.skipSpace();
  const endsWithColon = hostPort.endsWith(':');
  if (endsWithColon || reader.text.charCodeAt(reader.at) === COLON) {
    if (
      !endsWithColon &&
      hostPort.includes(':') &&
      hostPort.charCodeAt(hostPort.length - 1) !== CLOSING_BRACKET
    )
      return undefined;
    if (!endsWithColon) {
      reader.take(COLON);
      hostPort += ':';
    }
    reader.skipSpace();
    hostPort += reader.until(isEnd);
  }
  return parseHostPort(hostPort);
}

function takeKnownParameters(via: Via): boolean {
  const branch = take(via.params, 'branch');
  if (branch) via.branch = branch;
  const received = take(via.params, 'received');
  if (received !== undefined) {
    // RFC 5118 section 4.5: an IPv6 address comes with brackets from some and without them from others.
    const address = received.startsWith('[') && received.endsWith(']') ? received.slice(1, -1) : received;
    if (isIP(address) === 0) return false;
    via.received = address;
  }
  const rport = take(via.params, 'rport');
  if (rport !== undefined) {
    const port = rport === '' ? true : parseDecimal(rport, 65_535);
    if (port === undefined) return false;
    via.rport = port;
  }
  return true;
}

function take(params: Map<string, string>, name: string): string | undefined {
  const value = params.get(name);
  if (value !== undefined) params.delete(name);
  return value;
}

export function formatVia(via: Via): string {
  let text = `${via.protocol}/${via.transport} ${formatHostPort(via.host, via.port)}`;
  if (via.branch !== undefined) text += `;branch=${via.branch}`;
  if (via.rport !== undefined) text += via.rport === true ? ';rport' : `;rport=${via.rport}`;
  if (via.received !== undefined) text += `;received=${via.received}`;
  return text + formatParameters(via.params);
}
