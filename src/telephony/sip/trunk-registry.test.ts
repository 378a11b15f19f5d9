import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GATEWAY, number, ORG, PINGED, trunk, trunkHouse } from '../../../test/support/trunk-house.ts';
import { PING_INTERVAL_MS, RETRY_INTERVAL_MS } from './trunk-ping.ts';
import { SYNC_INTERVAL_MS } from './trunk-registry.ts';
import { MAX_STRANGERS } from './trunk-watch.ts';

describe('the registry of trunks', () => {
  it('knows the gateways of all trunks by address, and forgets those of trunks that are gone', async () => {
    const { registry, write, pass } = trunkHouse([trunk('a'), trunk('b')]);
    registry.start();
    await pass(0);
    assert.ok(registry.isGateway('192.0.2.1') && registry.isGateway('::ffff:192.0.2.1'));
    assert.equal(registry.isGateway('192.0.2.2'), false);
    await write('a', undefined);
    assert.ok(registry.isGateway('192.0.2.1'), 'the other trunk still has it');
    await write('b', trunk('b', { gateways: [{ ...GATEWAY, ip: '192.0.2.2' }] }));
    assert.deepEqual([registry.isGateway('192.0.2.1'), registry.isGateway('192.0.2.2')], [false, true]);
    await registry.close();
  });

  it('knows where calls of any org go out, also to gateways that send none, by network, name and what the name means', async () => {
    const { registry, names, pass } = trunkHouse([
      trunk('a', { gateways: [{ ...GATEWAY, netmask: 30, inboundEnabled: false }] }),
      trunk('b', { orgId: 'other', gateways: [{ ...GATEWAY, ip: 'SBC.example', inboundEnabled: false }] }),
    ]);
    names.set('SBC.example', ['198.51.100.7', '2001:db8::7']);
    const isReached = (host: string, ...addresses: string[]) => registry.isReachedAt(host, addresses);
    assert.equal(await isReached('192.0.2.2', '192.0.2.2'), false);
    registry.start();
    await pass(0);
    assert.equal(
      await isReached('pbx.example', '203.0.113.1', '192.0.2.2'),
      true,
      'one of its addresses is enough',
    );
    assert.equal(await isReached('sbc.EXAMPLE'), true);
    assert.equal(await isReached('alias.example', '198.51.100.7'), true);
    assert.equal(await isReached('alias.example', '2001:db8::7'), true);
    assert.equal(await isReached('192.0.2.4', '192.0.2.4'), false);
    assert.equal(registry.isGateway('192.0.2.2'), false, 'no calls come from there');
    await registry.close();
  });

  it('sees within a minute what other processes made, changed and removed', async () => {
    const { registry, stored, pass } = trunkHouse([trunk('a')]);
    registry.start();
    await pass(0);
    stored.set('b', trunk('b', { gateways: [{ ...GATEWAY, ip: '192.0.2.2' }] }));
    stored.delete('a');
    await pass(SYNC_INTERVAL_MS);
    assert.deepEqual([registry.isGateway('192.0.2.1'), registry.isGateway('192.0.2.2')], [false, true]);
    stored.set('b', trunk('b', { gateways: [{ ...GATEWAY, ip: '192.0.2.3' }], updatedAt: 1 }));
    await pass(SYNC_INTERVAL_MS);
    assert.deepEqual([registry.isGateway('192.0.2.2'), registry.isGateway('192.0.2.3')], [false, true]);
    await registry.close();
  });

  it('makes numbers active once their trunk takes calls, and takes that back', async () => {
    const { registry, storedNumbers, write, pass } = trunkHouse([], [number('n', 'a'), number('other', 'b')]);
    registry.start();
    await pass(0);
    const statusOf = (id: string) => storedNumbers.get(id)?.status;
    await write('a', trunk('a'));
    assert.deepEqual([statusOf('n'), statusOf('other')], ['active', 'activating']);
    await write('a', trunk('a', { gateways: [{ ...GATEWAY, inboundEnabled: false }] }));
    assert.equal(statusOf('n'), 'activating');
    await write('a', trunk('a'));
    await write('a', undefined);
    assert.equal(statusOf('n'), 'activating');
    await registry.close();
  });

  it('judges a number when it is written, and leaves those of carriers alone', async () => {
    const numbers = [
      number('n', 'a'),
      number('t', 'a', { carrier: 'twilio' }),
      number('b', 'a', { status: 'blocked' }),
    ];
    const { registry, storedNumbers, stored } = trunkHouse([], numbers);
    stored.set('a', trunk('a'));
    for (const one of numbers) registry.numberChanged(one);
    await registry.settled();
    assert.deepEqual(
      [...storedNumbers.values()].map(({ status }) => status),
      ['active', 'activating', 'blocked'],
    );
    await registry.close();
  });

  it('goes on after the store has failed', async () => {
    const { registry, stored, storedNumbers } = trunkHouse([], [number('n', 'a')]);
    const find = stored.get.bind(stored);
    stored.get = () => {
      throw new Error('the store is away');
    };
    registry.credentialChanged('a');
    await registry.settled();
    stored.get = find;
    stored.set('a', trunk('a'));
    registry.credentialChanged('a');
    await registry.settled();
    assert.equal(storedNumbers.get('n')?.status, 'active');
    await registry.close();
  });

  it('reports to each org its own trunks, with calls and the last strangers', async () => {
    const { registry, report, pass } = trunkHouse([
      trunk('a', { name: 'Main' }),
      trunk('b', { orgId: 'other' }),
    ]);
    registry.start();
    await pass(0);
    registry.countCall('a', 'in');
    registry.countCall('a', 'out');
    registry.countCall('nobody', 'in');
    for (let at = 0; at < MAX_STRANGERS + 5; at += 1)
      registry.addStranger('a', { at, address: '203.0.113.9', dialled: 'x'.repeat(1_000), why: 'w' });
    assert.deepEqual(
      (await registry.reportsOf(ORG)).map(({ id }) => id),
      ['a'],
    );
    assert.equal(await registry.reportOf(ORG, 'b'), undefined);
    const { name, callsIn, callsOut, strangersRefused, strangers } = await report('a');
    assert.deepEqual([name, callsIn, callsOut, strangersRefused], ['Main', 1, 1, MAX_STRANGERS + 5]);
    assert.equal(strangers.length, MAX_STRANGERS);
    assert.deepEqual([strangers[0]?.at, strangers[0]?.dialled.length], [MAX_STRANGERS + 4, 64]);
    await registry.close();
  });
});

describe('the OPTIONS of a trunk', () => {
  it('are sent to the gateways that ask for them, at once and every half minute', async () => {
    const { registry, log, pass } = trunkHouse([
      trunk('a', { gateways: [PINGED, { ...GATEWAY, ip: '192.0.2.2' }] }),
    ]);
    registry.start();
    await pass(0);
    await pass(1_000);
    assert.deepEqual(log, ['OPTIONS 192.0.2.1']);
    await pass(PING_INTERVAL_MS);
    assert.equal(log.length, 2);
    await registry.close();
    await pass(10 * PING_INTERVAL_MS);
    assert.equal(log.length, 2);
  });

  it('take a gateway down after two failures and up after one answer', async () => {
    const { registry, answers, report, pass } = trunkHouse([trunk('a', { gateways: [PINGED] })]);
    answers.set('192.0.2.1', { error: 'no response' });
    registry.start();
    await pass(0);
    await pass(1_000);
    assert.ok(registry.isUp('a', PINGED), 'one may get lost');
    await pass(RETRY_INTERVAL_MS);
    assert.equal(registry.isUp('a', PINGED), false);
    assert.equal((await report('a')).gateways[0]?.health?.lastError, 'no response');
    answers.set('192.0.2.1', { status: 404 });
    await pass(PING_INTERVAL_MS);
    assert.ok(registry.isUp('a', PINGED));
    assert.equal((await report('a')).gateways[0]?.health?.lastStatus, 404);
    await registry.close();
  });

  it('are not begun anew by a change that leaves the gateway as it was', async () => {
    const { registry, report, pass, write, log } = trunkHouse([trunk('a', { gateways: [PINGED] })]);
    registry.start();
    await pass(0);
    await pass(1_000);
    const before = (await report('a')).gateways[0]?.health;
    await write('a', trunk('a', { name: 'Renamed', gateways: [PINGED], updatedAt: 1 }));
    assert.deepEqual((await report('a')).gateways[0]?.health, before);
    await write('a', trunk('a', { gateways: [{ ...PINGED, optionsPingEnabled: false }], updatedAt: 2 }));
    assert.equal((await report('a')).gateways[0]?.health, undefined);
    await pass(PING_INTERVAL_MS);
    assert.deepEqual(log, ['OPTIONS 192.0.2.1']);
    await registry.close();
  });
});
