import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account, GATEWAY, number, trunk, trunkHouse } from '../../../test/support/trunk-house.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { Secret } from '../../lib/secret.ts';
import type { BindingState } from './trunk-binding.ts';
import { NAMES_INTERVAL_MS } from './trunk-names.ts';
import { LEASE_MS, LEASE_RENEWAL_MS } from './trunk-registry.ts';

describe('the registration of a trunk', () => {
  it('follows the trunk: made, changed, removed', async () => {
    const { registry, log, write } = trunkHouse();
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    await write('a', trunk('a', { name: 'Renamed', outboundAuthenticationPlan: account(), updatedAt: 1 }));
    const changed = account({ authPassword: new Secret('new') });
    await write('a', trunk('a', { outboundAuthenticationPlan: changed, updatedAt: 2 }));
    await write('a', undefined);
    assert.deepEqual(log, [
      'REGISTER ann@reg.example pw',
      'close ann@reg.example',
      'REGISTER ann@reg.example new',
      'close ann@reg.example',
    ]);
    await registry.close();
  });

  it('is taken back at the end', async () => {
    const { registry, log, write } = trunkHouse();
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    await registry.close();
    assert.equal(log.at(-1), 'close ann@reg.example');
  });

  it('is shown with its state, the last status and since when', async () => {
    const { registry, clock, bindings, report, write } = trunkHouse();
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    assert.equal((await report('a')).registration?.state, 'registering');
    clock.advance(500);
    const [binding] = bindings;
    assert.ok(binding);
    Object.assign(binding, { state: 'failed', lastStatus: 403 });
    binding.changed.emit('failed');
    assert.deepEqual((await report('a')).registration, {
      host: 'reg.example',
      username: 'ann',
      protocol: 'udp',
      state: 'failed',
      lastStatus: 403,
      since: clock.now(),
    });
    await registry.close();
  });

  it('makes the addresses of the registrar gateways of the trunk while it lasts', async () => {
    const { registry, bindings, names, lookups, storedNumbers, pass, write } = trunkHouse(
      [],
      [number('n', 'a')],
    );
    names.set('reg.example', ['198.51.100.1', '2001:db8::1']);
    const gateways = [{ ...GATEWAY, ip: 'sbc.example', inboundEnabled: false }];
    names.set('sbc.example', ['198.51.100.9']);
    await write('a', trunk('a', { gateways, outboundAuthenticationPlan: account() }));
    assert.equal(storedNumbers.get('n')?.status, 'active');
    assert.deepEqual(lookups, ['sip:sbc.example;transport=udp', 'sip:reg.example']);
    assert.equal(registry.isGateway('198.51.100.1'), false, 'not registered yet');
    const [binding = assert.fail('nothing is registered')] = bindings;
    const becomes = (state: BindingState) => {
      binding.state = state;
      binding.changed.emit(state);
    };
    becomes('registered');
    for (const address of ['198.51.100.1', '::ffff:198.51.100.1', '2001:db8::1']) {
      assert.ok(registry.isGateway(address) && registry.isGatewayOf('a', address), address);
      assert.deepEqual(registry.trunksOf(address), ['a']);
    }
    assert.equal(registry.isGatewayOf('b', '198.51.100.1'), false);
    assert.equal(registry.isGateway('198.51.100.9'), false, 'a gateway that sends no calls');
    names.set('reg.example', ['198.51.100.2']);
    await pass(NAMES_INTERVAL_MS);
    assert.deepEqual(registry.trunksOf('198.51.100.2'), ['a']);
    assert.deepEqual(registry.trunksOf('198.51.100.1'), []);
    names.delete('reg.example');
    await pass(NAMES_INTERVAL_MS);
    assert.ok(registry.isGateway('198.51.100.2'), 'DNS is away: the last answer holds');
    becomes('failed');
    assert.equal(registry.isGateway('198.51.100.2'), false);
    await registry.close();
  });

  it('is kept by one process alone, and by another one soon after that has stopped or died', async () => {
    const clock = new FakeClock();
    const leases = new Map<string, { holder: string; expiresAt: number }>();
    const trunks = [trunk('a', { outboundAuthenticationPlan: account() })];
    const nodes = ['one', 'two'].map((nodeId) => trunkHouse(trunks, [], { clock, leases, nodeId }));
    const [one, two] = nodes;
    assert.ok(one && two);
    for (const node of [one, two]) {
      node.names.set('reg.example', ['198.51.100.1']);
      node.registry.start();
      await node.pass(0);
    }
    const states = async () => [
      (await one.report('a')).registration?.state,
      (await two.report('a')).registration?.state,
    ];
    assert.deepEqual(await states(), ['registering', 'elsewhere']);
    assert.ok(two.registry.isGateway('198.51.100.1'), 'its calls may be led to any process');
    for (let renewal = 0; renewal < 10; renewal += 1) {
      clock.advance(LEASE_RENEWAL_MS);
      for (const node of [one, two]) await node.pass(0);
    }
    assert.deepEqual([one.log.length, two.log.length], [1, 0], 'the lease is renewed');
    await one.registry.close();
    await two.pass(LEASE_RENEWAL_MS);
    assert.deepEqual(two.log, ['REGISTER ann@reg.example pw']);
    leases.set('trunk-binding:a', { holder: 'dead', expiresAt: clock.now() + LEASE_MS });
    await two.pass(LEASE_RENEWAL_MS);
    assert.deepEqual(two.log.at(-1), 'close ann@reg.example', 'another one has it');
    await two.pass(LEASE_MS);
    assert.equal(two.log.at(-1), 'REGISTER ann@reg.example pw');
    await two.registry.close();
    assert.equal(leases.size, 0);
  });

  it('is taken back before its lease runs out where the store cannot say whose it is, and made again once it can', async () => {
    const leases = new Map<string, { holder: string; expiresAt: number }>();
    const { registry, log, clock, report, pass } = trunkHouse(
      [trunk('a', { outboundAuthenticationPlan: account() })],
      [],
      { leases },
    );
    registry.start();
    await pass(10_000);
    const expiresAt = leases.get('trunk-binding:a')?.expiresAt ?? 0;
    const get = leases.get.bind(leases);
    leases.get = () => assert.fail('the store is away');
    await pass(2 * LEASE_RENEWAL_MS);
    assert.deepEqual(log, ['REGISTER ann@reg.example pw'], 'it is ours for a while');
    await pass(expiresAt - clock.now() - 1);
    assert.deepEqual(log, ['REGISTER ann@reg.example pw', 'close ann@reg.example']);
    assert.equal((await report('a')).registration, undefined);
    leases.get = get;
    await pass(LEASE_RENEWAL_MS);
    assert.equal(log.at(-1), 'REGISTER ann@reg.example pw');
    await registry.close();
  });

  it('is not made on the word of an old lease by a trunk that has got its registrar back', async () => {
    const clock = new FakeClock();
    const leases = new Map<string, { holder: string; expiresAt: number }>();
    const { log, write } = trunkHouse([], [], { clock, leases });
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    await write('a', trunk('a'));
    clock.advance(LEASE_MS);
    leases.set('trunk-binding:a', { holder: 'another', expiresAt: clock.now() + LEASE_MS });
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    assert.deepEqual(log, ['REGISTER ann@reg.example pw', 'close ann@reg.example']);
  });
});
