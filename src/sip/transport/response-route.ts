import { isIP } from 'node:net';
import type { Via } from '../message/message.ts';
import type { Source } from '../session/session.ts';

/** Where a response without a port in its Via goes (RFC 3261 section 18.2.2). */
export const DEFAULT_SIP_PORT = 5060;

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
  const sentByPort = via.port ?? DEFAULT_SIP_PORT;
  if (source.protocol === 'udp') {
    return [via.rport === undefined ? { ...source, port: sentByPort } : source];
  }
  // The connection it came by; if that is gone, a new one to the sender's own port.
  const reopened = { ...source, port: sentByPort };
  return reopened.port === source.port ? [source] : [source, reopened];
}

/** Whether the sender is behind a NAT: it names an address of its own other than the one we see. */
export function isBehindNat(via: Via, source: Source): boolean {
  return isIP(via.host) !== 0 && via.host !== source.address;
}
