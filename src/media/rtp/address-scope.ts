import { BlockList, isIP, SocketAddress } from 'node:net';

/** Whether media can be sent to an address, and whether it means the same host here as where it was written. */
export type AddressScope = 'routable' | 'private' | 'unusable';

const privateRanges = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateRanges.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  privateRanges.addSubnet(network, prefix, 'ipv6');

const unusableRanges = new BlockList();
unusableRanges.addSubnet('0.0.0.0', 8, 'ipv4');
// Multicast, reserved and broadcast: a call has one peer.
unusableRanges.addSubnet('224.0.0.0', 3, 'ipv4');
unusableRanges.addAddress('::', 'ipv6');
unusableRanges.addSubnet('ff00::', 8, 'ipv6');

const loopbackRanges = new BlockList();
loopbackRanges.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackRanges.addAddress('::1', 'ipv6');

/** The one spelling of an address: lower case, zeros compressed, IPv4 out of its IPv6 wrapping. @throws if it is none. */
export function canonicalAddress(address: string): string {
  const family = isIP(address);
  if (family === 4) return address;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return canonical.startsWith('::ffff:') && isIP(canonical.slice(7)) === 4 ? canonical.slice(7) : canonical;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

export function addressScope(address: string): AddressScope {
  if (unusableRanges.check(address, familyOf(address))) return 'unusable';
  return privateRanges.check(address, familyOf(address)) ? 'private' : 'routable';
}

export function isLoopback(address: string): boolean {
  return loopbackRanges.check(address, familyOf(address));
}
