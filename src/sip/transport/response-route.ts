import { isIP } from 'node:net';
import type { Via } from '../message/message.ts';
import type { Source, TransportProtocol } from '../session/session.ts';

/** Where a request or response goes that names no port (RFC 3261 sections 18.2.2 and 19.1.2). */
const DEFAULT_PORTS: Record<TransportProtocol, number> = { udp: 5060, tcp: 5060, tls: 5061 };

export function defaultPort(protocol: TransportProtocol): number {
  return DEFAULT_PORTS[protocol];
}

/** Writes down in the top Via where the request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4). */
export function stampVia(via: Via, source: Source): void {
  // What the sender wrote here itself must not steer our answers.
  delete via.received;
  if (via.rport !== undefined) {
    via.rport = source.port;
    via.received = source.address;
  } else if (via.host !== source.address) {
    via.received = source.address;
  }
}

/**
 * Where the responses to a request go, the next where the one before it failed (RFC 3261 section 18.2.2). `maddr` is not
 * followed: it would let a sender point our answers at others.
 */
export function responseRoute(via: Via, source: Source): Source[] {
  const sentByPort = via.port ?? defaultPort(source.protocol);
  if (source.protocol === 'udp') {
    return [via.rport === undefined ? { ...source, port: sentByPort } : source];
  }
  // The connection it came by; if that is gone, a new one to the sender's own port, by TLS only to who can prove its name.
  const reopened = { ...source, port: sentByPort, ...(source.protocol === 'tls' && { name: via.host }) };
  return reopened.port === source.port ? [source] : [source, reopened];
}

/** Whether the sender is behind a NAT: it names an address of its own other than the one we see. */
export function isBehindNat(via: Via, source: Source): boolean {
  return isIP(via.host) !== 0 && via.host !== source.address;
}
