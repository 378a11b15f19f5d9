import { isIPv4, isIPv6 } from 'node:net';

const MAPPED_PREFIX = '::ffff:';

/** An IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2), as dual-stack sockets report it, in its own notation. */
export function plainAddress(address: string): string {
  if (!address.startsWith(MAPPED_PREFIX)) return address;
  const inner = address.slice(MAPPED_PREFIX.length);
  return isIPv4(inner) ? inner : address;
}

/** The notation in which a socket of this family takes the address. */
export function socketAddress(address: string, ipv6Socket: boolean): string {
  return ipv6Socket && isIPv4(address) ? MAPPED_PREFIX + address : address;
}

/** A host as it stands in a URI or a Via: IPv6 in brackets. */
export function bracketedHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** Whether a bind address stands for every interface. */
export function isWildcardAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
