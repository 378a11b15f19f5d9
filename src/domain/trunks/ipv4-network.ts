/** Prefix lengths that a gateway's network may have, the narrowest first. */
const PREFIX_LENGTHS = [32, 31, 30, 29, 28, 27, 26, 25, 24] as const;
const OCTETS = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
/** How a socket that listens for IPv6 too shows an IPv4 peer (RFC 4291 section 2.5.5.2). */
const MAPPED = /^::ffff:/i;

/** The IPv4 address that a socket shows, without the prefix of a mapped one; undefined for any other. */
export function plainIpv4(address: string): string | undefined {
  const plain = address.replace(MAPPED, '');
  return numericOf(plain) === undefined ? undefined : plain;
}

/**
 * The network of an IPv4 address as a key, such as `192.0.2.0/24`: equal for all addresses in it, whichever was written.
 * Undefined for what is no IPv4 address, or for a prefix length beyond 24 to 32.
 */
export function networkOf(address: string, prefixLength: number): string | undefined {
  const value = numericOf(address);
  if (value === undefined || !PREFIX_LENGTHS.some((length) => length === prefixLength)) return undefined;
  const base = (value & (0xffffffff << (32 - prefixLength))) >>> 0;
  const octets = [base >>> 24, (base >>> 16) & 255, (base >>> 8) & 255, base & 255];
  return `${octets.join('.')}/${prefixLength}`;
}

/** Every network key that an address can be found under: nine of them, or none where it is not IPv4. */
export function networksAround(address: string): string[] {
  const plain = plainIpv4(address);
  if (plain === undefined) return [];
  return PREFIX_LENGTHS.map((length) => networkOf(plain, length)).filter((network) => network !== undefined);
}

function numericOf(address: string): number | undefined {
  const octets = OCTETS.exec(address)?.slice(1).map(Number);
  if (!octets || octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((value, octet) => value * 256 + octet, 0);
}
