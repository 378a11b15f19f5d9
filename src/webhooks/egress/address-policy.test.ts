import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddressPolicy } from './address-policy.ts';

test('by default only public addresses are admitted', () => {
  const policy = createAddressPolicy([]);
  const table: [string, string | undefined][] = [
    ['8.8.8.8', undefined],
    ['2606:4700:4700::1111', undefined],
    ['::ffff:8.8.8.8', undefined],
    ['127.0.0.1', 'loopback address'],
    ['::ffff:127.0.0.1', 'loopback address'],
    ['64:ff9b::7f00:1', 'loopback address'],
    ['64:ff9b::808:808', undefined],
    ['64:ff9b::a9fe:a9fe', 'link-local address'],
    ['2002:c0a8:1::', 'private address'],
    ['::ffff:0:10.0.0.1', 'private address'],
    ['::10.0.0.1', 'private address'],
    ['::ffff:100.64.0.1', 'shared address'],
    ['fe80::1%eth0', 'link-local address'],
    ['64:ff9b:1::1', 'reserved address'],
    ['2001:0:7f00:1::', 'reserved address'],
    ['5f00::1', 'documentation address'],
    ['9fff::1', 'reserved address'],
    ['0x7f000001', 'not an IP address'],
    ['2130706433', 'not an IP address'],
    ['127.1', 'not an IP address'],
    ['0177.0.0.1', 'not an IP address'],
    ['[::1]', 'not an IP address'],
    ['', 'not an IP address'],
    ['10.1.2.3', 'private address'],
    ['172.15.255.255', undefined],
    ['172.16.0.0', 'private address'],
    ['172.32.0.0', undefined],
    ['100.63.255.255', undefined],
    ['100.128.0.0', undefined],
    ['169.254.169.254', 'link-local address'],
    ['100.64.0.1', 'shared address'],
    ['fd00::1', 'unique-local address'],
    ['224.0.0.1', 'multicast address'],
    ['0.0.0.0', 'unspecified address'],
    ['255.255.255.255', 'broadcast address'],
    ['192.0.2.1', 'documentation address'],
    ['240.0.0.1', 'reserved address'],
    ['example.com', 'not an IP address'],
  ];
  for (const [address, refusal] of table) assert.equal(policy.refusalOf(address), refusal, address);
});

test('an allowed network is admitted and nothing beside it', () => {
  const policy = createAddressPolicy(['127.0.0.0/8', 'fd00:1::/32']);
  for (const address of ['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', 'fd00:1::5']) {
    assert.equal(policy.refusalOf(address), undefined, address);
  }
  assert.equal(policy.refusalOf('10.0.0.1'), 'private address');
  assert.equal(policy.refusalOf('fd00:2::5'), 'unique-local address');
  assert.equal(policy.refusalOf('::1'), 'loopback address');
  assert.equal(policy.refusalOf('64:ff9b::7f00:1'), 'loopback address');
  assert.equal(policy.refusalOf('2002:7f00:1::'), 'loopback address');
});

test('an entry that is no network is refused at once', () => {
  assert.throws(() => createAddressPolicy(['localhost']), RangeError);
});
