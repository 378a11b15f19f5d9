import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SipUri } from '../message/message.ts';
import { defaultPort } from '../transport/response-route.ts';
import { SipRejection, type Source, type TransportProtocol } from './session.ts';

/** Resolves a host name to one address. */
export type ResolveHost = (host: string) => Promise<string>;

/** All addresses of a host name, for an owner who must judge each of them. */
export type ResolveAll = (host: string) => Promise<string[]>;

/** The system's resolver, in the family that the listener speaks. */
export function systemResolver(family: 4 | 6): ResolveHost {
  return async (host) => (await lookup(host, { family })).address;
}

/** The same for all addresses. */
export function systemResolverOfAll(family: 4 | 6): ResolveAll {
  return async (host) => (await lookup(host, { family, all: true })).map(({ address }) => address);
}

/**
 * Where a request for this URI goes: its address or host name, port and `transport` parameter. NAPTR and SRV records
 * (RFC 3263) are not asked. `sips` and `transport=tls` are TLS. An IP literal is answered at once, a name by a promise.
 * @throws {SipRejection} 503 where the host has no address, 416 for a scheme or transport that we do not speak.
 */
export function locateServer(uri: SipUri, resolveHost: ResolveHost): Source | Promise<Source> {
  const protocol = protocolOf(uri);
  const host = uri.params.get('maddr') ?? uri.host;
  const port = uri.port ?? defaultPort(protocol);
  // The certificate must be for who was asked for, not for what a resolver or `maddr` made of it (RFC 5922 section 7.2).
  const name = protocol === 'tls' ? { name: uri.host } : {};
  if (isIP(host) !== 0) return { protocol, address: host, port, ...name };
  return resolve(host, resolveHost).then((address) => ({ protocol, address, port, ...name }));
}

function protocolOf(uri: SipUri): TransportProtocol {
  const transport = uri.params.get('transport')?.toLowerCase();
  if (uri.scheme === 'sips' && (transport ?? 'tcp') === 'tcp') return 'tls'; // TLS over TCP (RFC 3261 section 26.2.2)
  if (uri.scheme === 'sips' && transport === 'tls') return 'tls'; // deprecated, and widely written
  if (uri.scheme !== 'sip') throw new SipRejection(416, `cannot send to ${uri.scheme} URIs`);
  if (transport === undefined) return 'udp';
  if (transport === 'udp' || transport === 'tcp' || transport === 'tls') return transport;
  throw new SipRejection(416, `no transport ${transport}`);
}

async function resolve(host: string, resolveHost: ResolveHost): Promise<string> {
  try {
    return await resolveHost(host);
  } catch (error) {
    throw new SipRejection(503, `cannot resolve ${host}: ${(error as Error).message}`);
  }
}
