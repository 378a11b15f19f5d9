import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Trunk } from '../../domain/trunks/trunk.ts';
import { Emitter } from '../../lib/emitter.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { Secret } from '../../lib/secret.ts';
import type { BindingState } from './trunk-binding.ts';
import { PING_INTERVAL_MS, type PingAnswer, RETRY_INTERVAL_MS } from './trunk-ping.ts';
import { SYNC_INTERVAL_MS, TrunkRegistry } from './trunk-registry.ts';
import { MAX_STRANGERS } from './trunk-watch.ts';

const ORG = 'org';
const GATEWAY: TrunkGateway = {
  ip: '192.0.2.1',
  port: 5060,
  netmask: 32,
  inboundEnabled: true,
  outboundEnabled: true,
  outboundProtocol: 'udp',
  optionsPingEnabled: false,
};
const PINGED = { ...GATEWAY, optionsPingEnabled: true };

function trunk(id: string, fields: Partial<Trunk> = {}): Trunk {
  return {
    id,
    orgId: ORG,
    provider: 'byo-sip-trunk',
    gateways: [GATEWAY],
    outboundLeadingPlusEnabled: false,
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
}

function number(id: string, credentialId: string, fields: Partial<PhoneNumber> = {}): PhoneNumber {
  return {
    id,
    orgId: ORG,
    carrier: 'trunk',
    credentialId,
    e164CheckEnabled: true,
    status: 'activating',
    binding: {},
    extras: {},
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
}

const account = (fields: Partial<{ authUsername: string; authPassword: Secret }> = {}) => ({
  authUsername: 'ann',
  authPassword: new Secret('pw'),
  sipRegisterPlan: { domain: 'reg.example' },
  ...fields,
});

/** A registry over a store that is a pair of maps, with gateways and a registrar that do as they are told. */
function house(trunks: Trunk[] = [], numbers: PhoneNumber[] = []) {
  const clock = new FakeClock();
  const stored = new Map(trunks.map((one) => [one.id, one]));
  const storedNumbers = new Map(numbers.map((one) => [one.id, one]));
  const log: string[] = [];
  const answers = new Map<string, PingAnswer>();
  const bindings: { state: BindingState; lastStatus: number | undefined; changed: Emitter<BindingState> }[] =
    [];
  const registry = new TrunkRegistry({
    trunks: {
      find: async (id) => stored.get(id),
      stamps: async (after, limit) =>
        [...stored.values()]
          .filter(({ id }) => id > (after ?? ''))
          .slice(0, limit)
          .map(({ id, updatedAt }) => ({ id, updatedAt })),
    },
    numbers: {
      findByCredential: async (id) =>
        [...storedNumbers.values()].filter(({ credentialId }) => credentialId === id),
      async update(_orgId, id, change) {
        const current = storedNumbers.get(id);
        if (!current) return undefined;
        const next = change(current);
        storedNumbers.set(id, next);
        return next;
      },
    },
    async ping({ ip }) {
      log.push(`OPTIONS ${ip}`);
      return answers.get(ip) ?? { status: 200 };
    },
    register(registrar, credentials) {
      log.push(`REGISTER ${registrar.username}@${registrar.host} ${credentials?.password}`);
      const changed = new Emitter<BindingState>();
      const binding = { state: 'registering' as BindingState, lastStatus: undefined, changed };
      bindings.push(binding);
      return Object.assign(binding, {
        close: async () => void log.push(`close ${registrar.username}@${registrar.host}`),
      });
    },
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  const report = (id: string) => registry.reportOf(ORG, id) ?? assert.fail(`no trunk ${id}`);
  /** Lets time pass, and what it set off be done. */
  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await registry.settled();
    await new Promise(setImmediate);
  }
  async function write(id: string, next: Trunk | undefined): Promise<void> {
    if (next) stored.set(id, next);
    else stored.delete(id);
    registry.credentialChanged(id);
    await registry.settled();
    await new Promise(setImmediate);
  }
  return { registry, clock, stored, storedNumbers, log, answers, bindings, report, pass, write };
}

describe('the registry of trunks', () => {
  it('knows the gateways of all trunks by address, and forgets those of trunks that are gone', async () => {
    const { registry, write, pass } = house([trunk('a'), trunk('b')]);
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

  it('sees within a minute what other processes made, changed and removed', async () => {
    const { registry, stored, pass } = house([trunk('a')]);
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
    const { registry, storedNumbers, write, pass } = house([], [number('n', 'a'), number('other', 'b')]);
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
    const { registry, storedNumbers, stored } = house([], numbers);
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
    const { registry, stored, storedNumbers } = house([], [number('n', 'a')]);
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
    const { registry, report, pass } = house([trunk('a', { name: 'Main' }), trunk('b', { orgId: 'other' })]);
    registry.start();
    await pass(0);
    registry.countCall('a', 'in');
    registry.countCall('a', 'out');
    registry.countCall('nobody', 'in');
    for (let at = 0; at < MAX_STRANGERS + 5; at += 1)
      registry.addStranger('a', { at, address: '203.0.113.9', dialled: 'x'.repeat(1_000), why: 'w' });
    assert.deepEqual(
      registry.reportsOf(ORG).map(({ id }) => id),
      ['a'],
    );
    assert.equal(registry.reportOf(ORG, 'b'), undefined);
    const { name, callsIn, callsOut, strangersRefused, strangers } = report('a');
    assert.deepEqual([name, callsIn, callsOut, strangersRefused], ['Main', 1, 1, MAX_STRANGERS + 5]);
    assert.equal(strangers.length, MAX_STRANGERS);
    assert.deepEqual([strangers[0]?.at, strangers[0]?.dialled.length], [MAX_STRANGERS + 4, 64]);
    await registry.close();
  });
});

describe('the OPTIONS of a trunk', () => {
  it('are sent to the gateways that ask for them, at once and every half minute', async () => {
    const { registry, log, pass } = house([
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
    const { registry, answers, report, pass } = house([trunk('a', { gateways: [PINGED] })]);
    answers.set('192.0.2.1', { error: 'no response' });
    registry.start();
    await pass(0);
    await pass(1_000);
    assert.ok(registry.isUp('a', PINGED), 'one may get lost');
    await pass(RETRY_INTERVAL_MS);
    assert.equal(registry.isUp('a', PINGED), false);
    assert.equal(report('a').gateways[0]?.health?.lastError, 'no response');
    answers.set('192.0.2.1', { status: 404 });
    await pass(PING_INTERVAL_MS);
    assert.ok(registry.isUp('a', PINGED));
    assert.equal(report('a').gateways[0]?.health?.lastStatus, 404);
    await registry.close();
  });

  it('are not begun anew by a change that leaves the gateway as it was', async () => {
    const { registry, report, pass, write, log } = house([trunk('a', { gateways: [PINGED] })]);
    registry.start();
    await pass(0);
    await pass(1_000);
    const before = report('a').gateways[0]?.health;
    await write('a', trunk('a', { name: 'Renamed', gateways: [PINGED], updatedAt: 1 }));
    assert.deepEqual(report('a').gateways[0]?.health, before);
    await write('a', trunk('a', { gateways: [{ ...PINGED, optionsPingEnabled: false }], updatedAt: 2 }));
    assert.equal(report('a').gateways[0]?.health, undefined);
    await pass(PING_INTERVAL_MS);
    assert.deepEqual(log, ['OPTIONS 192.0.2.1']);
    await registry.close();
  });
});

describe('the registration of a trunk', () => {
  it('follows the trunk: made, changed, removed', async () => {
    const { registry, log, write } = house();
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
    const { registry, log, write } = house();
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    await registry.close();
    assert.equal(log.at(-1), 'close ann@reg.example');
  });

  it('is shown with its state, the last status and since when', async () => {
    const { registry, clock, bindings, report, write } = house();
    await write('a', trunk('a', { outboundAuthenticationPlan: account() }));
    assert.equal(report('a').registration?.state, 'registering');
    clock.advance(500);
    const [binding] = bindings;
    assert.ok(binding);
    Object.assign(binding, { state: 'failed', lastStatus: 403 });
    binding.changed.emit('failed');
    assert.deepEqual(report('a').registration, {
      host: 'reg.example',
      username: 'ann',
      protocol: 'udp',
      state: 'failed',
      lastStatus: 403,
      since: clock.now(),
    });
    await registry.close();
  });
});
