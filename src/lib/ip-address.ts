import { BlockList, isIP, isIPv4 } from 'node:net';

/** What an address is for, as the IANA special-purpose registries (RFC 6890) and RFC 4291 sort them. */
export type AddressKind =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared'
  | 'link-local'
  | 'unique-local'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'reserved';

/** First match wins, so narrower networks stand before the wider ones that hold them. */
const NETWORKS: readonly [AddressKind, readonly string[]][] = [
  ['broadcast', ['255.255.255.255/32']],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['unspecified', ['0.0.0.0/8', '::/128']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']],
  ['shared', ['100.64.0.0/10']],
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['unique-local', ['fc00::/7']],
  ['multicast', ['224.0.0.0/4', 'ff00::/8']],
  [
    'documentation',
    ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20', '5f00::/16'],
  ],
  [
    'reserved',
    [
      '192.0.0.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '240.0.0.0/4',
      // Teredo, ORCHID, benchmarking and the other IETF protocol assignments.
      '2001::/23',
      // Local-use NAT64 (RFC 8215), discard-only (RFC 6666), site-local (RFC 3879).
      '64:ff9b:1::/48',
      '100::/64',
      'fec0::/10',
    ],
  ],
];

/** A set of networks. */
export interface NetworkSet {
  /** False for whatever is not an IP address. */
  includes(address: string): boolean;
}

/**
 * Reads networks such as `10.0.0.0/8`, `fd00::/8` or a bare address.
 * @throws RangeError naming the entry that is none.
 */
export function parseNetworks(cidrs: readonly string[]): NetworkSet {
  const list = new BlockList();
  for (const cidr of cidrs) addNetwork(list, cidr.trim());
  return {
    includes(address) {
      const bare = withoutZone(address);
      const version = isIP(bare);
      return version !== 0 && list.check(bare, version === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

function addNetwork(list: BlockList, cidr: string): void {
  const slash = cidr.indexOf('/');
  const address = slash === -1 ? cidr : cidr.slice(0, slash);
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = slash === -1 ? String(bits) : cidr.slice(slash + 1);
  if (version === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    throw new RangeError(`"${cidr}" is not a network such as 10.0.0.0/8 or fd00::/8`);
  }
  list.addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
}

const KINDS = NETWORKS.map(([kind, cidrs]) => ({ kind, networks: parseNetworks(cidrs) }));
/** The only IPv6 block that is given out for global unicast (RFC 4291 section 2.4, IANA). */
const GLOBAL_UNICAST = parseNetworks(['2000::/3']);

function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone === -1 ? address : address.slice(0, zone);
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const parse = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
          return [a * 256 + b, c * 256 + d];
        });
  const before = parse(head);
  if (tail === undefined) return before;
  const after = parse(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** The IPv4 address that an IPv6 address stands for: mapped, compatible, translated, NAT64 (RFC 6052) or 6to4 (RFC 3056). */
function embeddedIpv4(address: string): string | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, high = 0, low = 0] = groupsOf(address);
  if (a === 0x2002) return dotted(b, c);
  if (c !== 0 || d !== 0) return undefined;
  if (a === 0x64 && b === 0xff9b && e === 0 && f === 0) return dotted(high, low);
  if (a !== 0 || b !== 0) return undefined;
  const mapped = e === 0 && f === 0xffff;
  const translated = e === 0xffff && f === 0;
  // ::1 and :: are not IPv4-compatible addresses.
  const compatible = e === 0 && f === 0 && (high !== 0 || low > 1);
  return mapped || translated || compatible ? dotted(high, low) : undefined;
}

/**
 * Sorts an address; an IPv6 address that carries an IPv4 address is sorted by what it carries.
 * @returns undefined when the text is not an IP address (a name, a bracketed host, a decimal or octal form).
 */
export function addressKind(address: string): AddressKind | undefined {
  const bare = withoutZone(address);
  if (isIP(bare) === 0) return undefined;
  if (!isIPv4(bare)) {
    const inner = embeddedIpv4(bare);
    if (inner !== undefined) return addressKind(inner);
  }
  const known = KINDS.find(({ networks }) => networks.includes(bare));
  if (known) return known.kind;
  return isIPv4(bare) || GLOBAL_UNICAST.includes(bare) ? 'public' : 'reserved';
}

const NEARBY: ReadonlySet<AddressKind | undefined> = new Set([
  'loopback',
  'private',
  'unique-local',
  'link-local',
]);

/** Whether an address can only be this machine or its own network. The carriers' shared space (RFC 6598) is not: strangers sit there too. */
export function isPrivateOrLoopback(address: string): boolean {
  return NEARBY.has(addressKind(address));
}
