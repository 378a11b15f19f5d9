import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '../../lib/secret.ts';
import type { TrunkGateway } from '../credentials/credential.ts';
import type { PhoneNumber } from '../numbers/number.ts';
import { networkOf, networksAround, plainIpv4 } from './ipv4-network.ts';
import { spellingsOn, statusOnTrunk } from './number-on-trunk.ts';
import { inboundNetworks, matchGateway, registrarOf, type Trunk } from './trunk.ts';
import { trunkIdOfHost } from './trunk-host.ts';

const ID = '01934f5e-7d3a-7c10-8a55-2f0c5b1e9d11';

const gateway = (fields: Partial<TrunkGateway> = {}): TrunkGateway => ({
  ip: '192.0.2.1',
  port: 5060,
  netmask: 32,
  inboundEnabled: true,
  outboundEnabled: true,
  outboundProtocol: 'udp',
  optionsPingEnabled: false,
  ...fields,
});

const trunk = (fields: Partial<Trunk> = {}): Trunk => ({
  id: ID,
  orgId: 'org',
  provider: 'byo-sip-trunk',
  gateways: [gateway()],
  outboundLeadingPlusEnabled: false,
  createdAt: 0,
  updatedAt: 0,
  ...fields,
});

describe('the network of a gateway', () => {
  it('is the same for every address in it, for each prefix length from 24 to 32', () => {
    assert.equal(networkOf('203.0.113.255', 24), '203.0.113.0/24');
    assert.equal(networkOf('203.0.113.255', 25), '203.0.113.128/25');
    assert.equal(networkOf('255.255.255.255', 31), '255.255.255.254/31');
    assert.equal(networkOf('203.0.113.7', 32), '203.0.113.7/32');
    for (let length = 24; length <= 32; length += 1)
      assert.ok(networksAround('203.0.113.7').includes(networkOf('203.0.113.7', length) ?? ''));
  });

  it('is none for another prefix length or for what is no IPv4 address', () => {
    for (const length of [0, 23, 33]) assert.equal(networkOf('192.0.2.1', length), undefined);
    for (const text of ['', '192.0.2', '192.0.2.256', '192.0.2.1.1', 'sbc.example', '2001:db8::1'])
      assert.deepEqual([networkOf(text, 32), networksAround(text)], [undefined, []], text);
  });

  it('has an IPv4 peer of a socket that listens for IPv6 too', () => {
    assert.equal(plainIpv4('::FFFF:192.0.2.9'), '192.0.2.9');
    assert.equal(plainIpv4('::1'), undefined);
  });
});

describe('the gateway of a source', () => {
  const gateways = [
    gateway({ ip: '192.0.2.0', netmask: 24 }),
    gateway({ ip: '192.0.2.7' }),
    gateway({ ip: '198.51.100.1', inboundEnabled: false }),
    gateway({ ip: 'sbc.example', inboundEnabled: false }),
  ];

  it('is the one with the narrowest network around it', () => {
    assert.equal(matchGateway({ gateways }, '192.0.2.7')?.netmask, 32);
    assert.equal(matchGateway({ gateways }, '::ffff:192.0.2.8')?.netmask, 24);
  });

  it('is none where no gateway sends calls from there', () => {
    for (const address of ['192.0.3.1', '198.51.100.1', '2001:db8::1', 'sbc.example'])
      assert.equal(matchGateway({ gateways }, address), undefined, address);
  });

  it('is told by networks that are each listed once', () => {
    assert.deepEqual(
      inboundNetworks({ gateways: [...gateways, gateway({ ip: '192.0.2.9', netmask: 24 })] }),
      ['192.0.2.0/24', '192.0.2.7/32'],
    );
  });
});

describe("a trunk's registrar", () => {
  const plan = (sipRegisterPlan?: { domain?: string; username?: string; realm?: string }) => ({
    authUsername: 'ann',
    authPassword: new Secret('pw'),
    ...(sipRegisterPlan && { sipRegisterPlan }),
  });

  it('is what the plan says, else the first gateway that takes calls, by its transport, as the user of the account', () => {
    const gateways = [
      gateway({ outboundEnabled: false }),
      gateway({ ip: 'pbx.example', port: 5061, inboundEnabled: false, outboundProtocol: 'tls/srtp' }),
    ];
    assert.deepEqual(registrarOf(trunk({ gateways, outboundAuthenticationPlan: plan({}) })), {
      host: 'pbx.example:5061',
      username: 'ann',
      protocol: 'tls',
    });
    const named = plan({ domain: 'reg.example', username: '1001', realm: 'voip' });
    assert.deepEqual(registrarOf(trunk({ outboundAuthenticationPlan: named })), {
      host: 'reg.example',
      username: '1001',
      realm: 'voip',
      protocol: 'udp',
    });
  });

  it('is none without a plan, or without anybody to register', () => {
    assert.equal(registrarOf(trunk()), undefined);
    assert.equal(registrarOf(trunk({ outboundAuthenticationPlan: plan() })), undefined);
    assert.equal(registrarOf(trunk({ outboundAuthenticationPlan: { sipRegisterPlan: {} } })), undefined);
  });
});

describe("the status of a customer's own number", () => {
  const number = (fields: Partial<PhoneNumber> = {}): PhoneNumber => ({
    id: 'n',
    orgId: 'org',
    carrier: 'trunk',
    credentialId: ID,
    e164CheckEnabled: true,
    status: 'activating',
    binding: {},
    extras: {},
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  });
  const outboundOnly = trunk({ gateways: [gateway({ inboundEnabled: false })] });

  it('is active where the trunk has a gateway that sends calls, or callers have an account', () => {
    assert.equal(statusOnTrunk(number(), trunk()), 'active');
    const authentication = { username: 'u', password: new Secret('p') };
    assert.equal(statusOnTrunk(number({ authentication }), undefined), 'active');
  });

  it('goes back to activating where the trunk is gone, sends no calls, or is of another org', () => {
    for (const other of [undefined, outboundOnly, trunk({ orgId: 'other' })])
      assert.equal(statusOnTrunk(number({ status: 'active' }), other), 'activating');
  });

  it('is left alone where it is blocked or a carrier brings the calls', () => {
    assert.equal(statusOnTrunk(number({ status: 'blocked' }), trunk()), 'blocked');
    assert.equal(statusOnTrunk(number({ carrier: 'twilio' }), trunk()), 'activating');
  });
});

describe('how a number is spelled on a trunk', () => {
  it('is with and without the plus, and behind the prefix of the trunk', () => {
    assert.deepEqual(spellingsOn('14155550100'), ['+14155550100', '14155550100']);
    assert.deepEqual(spellingsOn('+14155550100'), ['+14155550100', '14155550100']);
    assert.deepEqual(spellingsOn('99#14155550100', '99#').slice(-2), ['+14155550100', '14155550100']);
    assert.deepEqual(spellingsOn('99+14155550100', '99').slice(-2), ['+14155550100', '14155550100']);
    assert.ok(spellingsOn('9914155550100', '99').includes('+14155550100'));
  });

  it('is as it stands for names, then in lower case', () => {
    assert.deepEqual(spellingsOn('Desk1'), ['Desk1', 'desk1']);
    assert.deepEqual(spellingsOn('1234'), ['+1234', '1234']);
    assert.deepEqual(spellingsOn('99', '99'), ['+99', '99']);
  });
});

describe("a trunk's own sub-domain", () => {
  const domains = ['sip.Example', 'sip.vapi.ai'];

  it('names the trunk, under each domain of ours and in any case', () => {
    assert.equal(trunkIdOfHost(`${ID.toUpperCase()}.SIP.example`, domains), ID);
    assert.equal(trunkIdOfHost(`${ID}.sip.vapi.ai`, domains), ID);
  });

  it('is none for other names', () => {
    for (const host of ['sip.example', `${ID}.other.example`, `x.${ID}.sip.example`, `a.sip.example`, ID])
      assert.equal(trunkIdOfHost(host, domains), undefined, host);
  });
});
