import assert from 'node:assert/strict';
import type { TrunkGateway } from '../../src/domain/credentials/credential.ts';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import type { Trunk } from '../../src/domain/trunks/trunk.ts';
import { Emitter } from '../../src/lib/emitter.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { BindingState } from '../../src/telephony/sip/trunk-binding.ts';
import type { PingAnswer } from '../../src/telephony/sip/trunk-ping.ts';
import { TrunkRegistry } from '../../src/telephony/sip/trunk-registry.ts';

export const ORG = 'org';
export const GATEWAY: TrunkGateway = {
  ip: '192.0.2.1',
  port: 5060,
  netmask: 32,
  inboundEnabled: true,
  outboundEnabled: true,
  outboundProtocol: 'udp',
  optionsPingEnabled: false,
};
export const PINGED = { ...GATEWAY, optionsPingEnabled: true };

export function trunk(id: string, fields: Partial<Trunk> = {}): Trunk {
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

export function number(id: string, credentialId: string, fields: Partial<PhoneNumber> = {}): PhoneNumber {
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

export const account = (fields: Partial<{ authUsername: string; authPassword: Secret }> = {}) => ({
  authUsername: 'ann',
  authPassword: new Secret('pw'),
  sipRegisterPlan: { domain: 'reg.example' },
  ...fields,
});

/** A registry over a store that is a pair of maps, with gateways and a registrar that do as they are told. */
export function trunkHouse(
  trunks: Trunk[] = [],
  numbers: PhoneNumber[] = [],
  {
    clock = new FakeClock(),
    leases = new Map<string, { holder: string; expiresAt: number }>(),
    nodeId = 'here',
  } = {},
) {
  const stored = new Map(trunks.map((one) => [one.id, one]));
  const storedNumbers = new Map(numbers.map((one) => [one.id, one]));
  const log: string[] = [];
  const answers = new Map<string, PingAnswer>();
  const names = new Map<string, string[]>();
  const lookups: string[] = [];
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
    leases: {
      async hold(names, holder, now, expiresAt) {
        const isFree = (name: string) => {
          const lease = leases.get(name);
          return !lease || lease.holder === holder || lease.expiresAt <= now;
        };
        const held = names.filter(isFree);
        for (const name of held) leases.set(name, { holder, expiresAt });
        return held;
      },
      async release(names, holder) {
        for (const name of names) if (leases.get(name)?.holder === holder) leases.delete(name);
      },
    },
    nodeId,
    async resolve(uri) {
      lookups.push(uri);
      const host = uri.replace(/^sip:/, '').replace(/[:;].*/, '');
      return names.get(host) ?? assert.fail(`no address for ${host}`);
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
  const report = async (id: string) => (await registry.reportOf(ORG, id)) ?? assert.fail(`no trunk ${id}`);
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
  return {
    registry,
    clock,
    stored,
    storedNumbers,
    log,
    answers,
    names,
    lookups,
    bindings,
    report,
    pass,
    write,
  };
}
