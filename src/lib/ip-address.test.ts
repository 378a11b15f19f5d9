import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressKind, addressKind, isPrivateOrLoopback, parseNetworks } from './ip-address.ts';

const TABLE: [string, AddressKind | undefined][] = [
  ['8.8.8.8', 'public'],
  ['1.1.1.1', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['169.253.255.255', 'public'],
  ['223.255.255.255', 'public'],
  ['2606:4700:4700::1111', 'public'],
  ['2a00:1450:4001::200e', 'public'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'shared'],
  ['100.127.255.255', 'shared'],
  ['169.254.169.254', 'link-local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['febf::1', 'link-local'],
  ['fc00::1', 'unique-local'],
  ['fd12:3456:789a::1', 'unique-local'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['192.0.2.1', 'documentation'],
  ['198.51.100.7', 'documentation'],
  ['203.0.113.9', 'documentation'],
  ['2001:db8::1', 'documentation'],
  ['192.0.0.8', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['240.0.0.1', 'reserved'],
  ['2001::1', 'reserved'],
  ['fec0::1', 'reserved'],
  ['100::1', 'reserved'],
  ['4000::1', 'reserved'],
  ['64:ff9b:1::7f00:1', 'reserved'],
  // Every way an IPv6 address carries an IPv4 address.
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['0:0:0:0:0:ffff:a00:1', 'private'],
  ['::ffff:169.254.169.254', 'link-local'],
  ['::ffff:8.8.8.8', 'public'],
  ['::ffff:0:127.0.0.1', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['::a00:1', 'private'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['64:ff9b::10.1.2.3', 'private'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['2002:7f00:1::', 'loopback'],
  ['2002:c0a8:101::1', 'private'],
  ['2002:808:808::1', 'public'],
  // Not addresses.
  ['localhost', undefined],
  ['2130706433', undefined],
  ['0x7f.1', undefined],
  ['0177.0.0.1', undefined],
  ['127.1', undefined],
  ['[::1]', undefined],
  ['1.2.3.4.5', undefined],
  ['', undefined],
];

test('every address is sorted as the registries say', () => {
  for (const [address, kind] of TABLE) assert.equal(addressKind(address), kind, address);
});

test('nearby is loopback, private, unique-local and link-local, and nothing else', () => {
  const nearby = TABLE.filter(([address]) => isPrivateOrLoopback(address)).map(([, kind]) => kind);
  assert.deepEqual(new Set(nearby), new Set(['loopback', 'private', 'unique-local', 'link-local']));
  assert.equal(isPrivateOrLoopback('100.64.0.1'), false);
  assert.equal(isPrivateOrLoopback('example.com'), false);
});

test('a set of networks takes prefixes, bare addresses and both families', () => {
  const networks = parseNetworks(['10.0.0.0/8', ' fd00::/8', '192.168.1.7']);
  for (const inside of ['10.9.8.7', 'fd00::1', 'fdff::1', '192.168.1.7', '::ffff:10.0.0.1']) {
    assert.equal(networks.includes(inside), true, inside);
  }
  for (const outside of ['11.0.0.1', 'fe80::1', '192.168.1.8', '64:ff9b::a00:1', 'host', '']) {
    assert.equal(networks.includes(outside), false, outside);
  }
  assert.equal(parseNetworks([]).includes('127.0.0.1'), false);
});

test('the edges of prefix lengths work', () => {
  assert.equal(parseNetworks(['0.0.0.0/0']).includes('127.0.0.1'), true);
  assert.equal(parseNetworks(['::/0']).includes('::1'), true);
  assert.equal(parseNetworks(['127.0.0.1/32']).includes('127.0.0.2'), false);
});

test('what is no network is refused by name', () => {
  for (const bad of [
    '10.0.0.0/33',
    '::/129',
    'localhost',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '',
    '1.2.3.4/-1',
  ]) {
    assert.throws(
      () => parseNetworks([bad]),
      new RangeError(`"${bad}" is not a network such as 10.0.0.0/8 or fd00::/8`),
    );
  }
});
