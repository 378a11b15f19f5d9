import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { matchGateway, type Trunk } from '../../domain/trunks/trunk.ts';
import { Secret } from '../../lib/secret.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { parseUri } from '../../sip/message/uri.ts';
import { TrunkEntrance } from './trunk-entrance.ts';

const DOMAIN = 'sip.example';
const GATEWAY = '192.0.2.1';
const STRANGER = '203.0.113.66';
const ONE = '01934f5e-7d3a-7c10-8a55-000000000001';
const TWO = '01934f5e-7d3a-7c10-8a55-000000000002';

function trunk(id: string, orgId: string, fields: Partial<Trunk> & { ip?: string } = {}): Trunk {
  const { ip = GATEWAY, ...rest } = fields;
  const gateway = { ip, port: 5060, netmask: 32, inboundEnabled: true, outboundEnabled: true };
  return {
    id,
    orgId,
    provider: 'byo-sip-trunk',
    gateways: [{ ...gateway, outboundProtocol: 'udp', optionsPingEnabled: false }],
    outboundLeadingPlusEnabled: false,
    createdAt: 0,
    updatedAt: 0,
    ...rest,
  };
}

function number(id: string, fields: Partial<PhoneNumber>): PhoneNumber {
  return {
    id,
    orgId: 'one',
    carrier: fields.credentialId === undefined ? 'sip' : 'trunk',
    e164CheckEnabled: true,
    status: 'active',
    binding: {},
    extras: {},
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
}

/**
 * What an INVITE finds in a house with these trunks and numbers: the number's id, or what else.
 * @param bound trunks by the addresses of the registrars where they are bound
 */
function entering(trunks: Trunk[], numbers: PhoneNumber[], bound = new Map<string, string>()) {
  const ofSource = (address: string) => trunks.filter((one) => matchGateway(one, address));
  const entrance = new TrunkEntrance({
    numbers: {
      findBySipUser: async (user) => numbers.find(({ sipUri }) => sipUri && parseUri(sipUri)?.user === user),
      findByAddress: async (address) => numbers.filter((one) => one.address === address),
      findOnTrunk: async (id, address) =>
        numbers.find((one) => one.credentialId === id && one.address === address && !one.sipUri),
      findByCredential: async (id, limit) => {
        assert.ok(limit <= 2, 'no INVITE has the numbers of a trunk read');
        return numbers.filter(({ credentialId }) => credentialId === id).slice(0, limit);
      },
    },
    trunks: {
      find: async (id) => trunks.find((one) => one.id === id),
      findBySource: async (address, limit) => ofSource(address).slice(0, limit),
    },
    registry: {
      isGateway: (address) => ofSource(address).length > 0 || bound.has(address),
      isGatewayOf: (id, address) => bound.get(address) === id,
      trunksOf: (address) => [bound.get(address) ?? []].flat(),
    },
    domains: [DOMAIN],
  });
  return async (uri: string, address = GATEWAY, headers: Record<string, string> = {}) => {
    const request = {
      uri: parseUri(uri),
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    } as unknown as SipRequest;
    const found = await entrance.find(request, address);
    if (found.kind === 'number')
      return found.trunk ? `${found.number.id} by ${found.trunk.id.at(-1)}` : found.number.id;
    return found.kind === 'stranger' ? `stranger to ${found.trunk.id.at(-1)}` : found.kind;
  };
}

const OWN = number('own', { credentialId: ONE, address: '+14155550100' });

describe('an INVITE from a gateway', () => {
  it('reaches the number of its trunk, with the plus or without', async () => {
    const enter = entering([trunk(ONE, 'one')], [OWN]);
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`), 'own by 1');
    assert.equal(await enter(`sip:14155550100@198.51.100.7`), 'own by 1');
    assert.equal(await enter('tel:+14155550100;phone-context=x'), 'own by 1');
    assert.equal(await enter(`sip:+14155550199@${DOMAIN}`), 'unknown');
  });

  it('reaches numbers that are none, in any case, and those behind the prefix of the trunk', async () => {
    const short = number('short', { credentialId: ONE, address: '1234', e164CheckEnabled: false });
    const named = number('named', { credentialId: ONE, address: 'abc', e164CheckEnabled: false });
    const enter = entering([trunk(ONE, 'one', { techPrefix: '99' })], [OWN, short, named]);
    assert.equal(await enter(`sip:1234@${DOMAIN}`), 'short by 1');
    assert.equal(await enter(`sip:ABC@${DOMAIN}`), 'named by 1');
    assert.equal(await enter(`sip:9914155550100@${DOMAIN}`), 'own by 1');
    assert.equal(await enter(`sip:991234@${DOMAIN}`), 'short by 1');
  });

  it('reaches whose number it is, where two orgs have the same gateway; the oldest where both have it', async () => {
    const other = number('other', { orgId: 'two', credentialId: TWO, address: '+14155550200' });
    const twin = number('twin', { orgId: 'two', credentialId: TWO, address: '+14155550100' });
    const enter = entering([trunk(ONE, 'one'), trunk(TWO, 'two')], [OWN, other, twin]);
    assert.equal(await enter(`sip:+14155550200@${DOMAIN}`), 'other by 2');
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`), 'own by 1');
    assert.equal(await enter(`sip:+14155550100@${TWO}.${DOMAIN}`), 'twin by 2');
    assert.equal(await enter(`sip:+14155550200@${ONE}.${DOMAIN}`), 'unknown');
  });

  it('is not led away by a SIP URI that somebody else made with the number as its user', async () => {
    const squatter = number('squatter', { orgId: 'two', sipUri: `sip:14155550100@${DOMAIN}` });
    const enter = entering([trunk(ONE, 'one')], [squatter, OWN]);
    assert.equal(await enter(`sip:14155550100@${DOMAIN}`), 'own by 1');
    assert.equal(await enter(`sip:14155550100@${DOMAIN}`, STRANGER), 'squatter');
  });

  it('for what no number has goes to one without digits, unless it is in doubt whose', async () => {
    const rest = number('rest', { credentialId: ONE });
    const alone = entering([trunk(ONE, 'one')], [OWN, rest]);
    assert.equal(await alone(`sip:anything@${DOMAIN}`), 'rest by 1');
    assert.equal(await alone(`sip:${DOMAIN}`), 'rest by 1');
    const shared = entering([trunk(ONE, 'one'), trunk(TWO, 'two')], [OWN, rest]);
    assert.equal(await shared(`sip:anything@${DOMAIN}`), 'unknown');
    assert.equal(await shared(`sip:anything@${ONE}.${DOMAIN}`), 'rest by 1');
  });

  it('for our binding reaches what To or P-Called-Party-ID names, else the only number', async () => {
    const outboundAuthenticationPlan = { authUsername: 'line7', sipRegisterPlan: {} };
    const registered = trunk(ONE, 'one', { outboundAuthenticationPlan });
    const second = number('second', { credentialId: ONE, address: '+14155550101' });
    const two = entering([registered], [OWN, second]);
    const to = { To: '<sip:4155@x>, ' };
    assert.equal(await two('sip:line7@198.51.100.7', GATEWAY, { To: '<sip:14155550101@x>' }), 'second by 1');
    const called = { To: '<sip:line7@x>', 'P-Called-Party-ID': '<sip:+14155550100@x>' };
    assert.equal(await two('sip:line7@198.51.100.7', GATEWAY, called), 'own by 1');
    assert.equal(await two('sip:line7@198.51.100.7', GATEWAY, to), 'unknown');
    assert.equal(await entering([registered], [OWN])('sip:line7@198.51.100.7', GATEWAY, to), 'own by 1');
  });
});

describe('an INVITE from a registrar that is known by name', () => {
  const REGISTRAR = '198.51.100.1';
  const plan = { authUsername: 'ann', sipRegisterPlan: { domain: 'reg.example' } };
  const registered = trunk(TWO, 'one', { gateways: [], outboundAuthenticationPlan: plan });
  const number2 = number('on-two', { credentialId: TWO, address: '+14155550177' });

  it('reaches the numbers of the trunk that is bound there, by its own sub-domain too', async () => {
    const enter = entering([trunk(ONE, 'one'), registered], [OWN, number2], new Map([[REGISTRAR, TWO]]));
    assert.equal(await enter(`sip:+14155550177@${DOMAIN}`, REGISTRAR), 'on-two by 2');
    assert.equal(await enter(`sip:+14155550177@${TWO}.${DOMAIN}`, REGISTRAR), 'on-two by 2');
    assert.equal(await enter(`sip:+14155550177@${TWO}.${DOMAIN}`, GATEWAY), 'stranger to 2');
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`, REGISTRAR), 'stranger to 1');
  });

  it('comes from a stranger where the trunk is not bound', async () => {
    const enter = entering([registered], [number2]);
    assert.equal(await enter(`sip:+14155550177@${DOMAIN}`, REGISTRAR), 'stranger to 2');
  });

  it('leaves the number of a trunk whose gateway is there to that trunk', async () => {
    const same = number('same', { credentialId: TWO, address: '+14155550100' });
    const enter = entering([trunk(ONE, 'one'), registered], [same, OWN], new Map([[GATEWAY, TWO]]));
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`), 'own by 1');
  });
});

describe('an INVITE from elsewhere', () => {
  it('is a stranger to a number of a trunk, and to the sub-domain of one', async () => {
    const enter = entering([trunk(ONE, 'one')], [OWN]);
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`, STRANGER), 'stranger to 1');
    assert.equal(await enter(`sip:whoever@${ONE}.${DOMAIN}`, STRANGER), 'stranger to 1');
    assert.equal(await enter(`sip:+14155550100@${TWO}.${DOMAIN}`, STRANGER), 'unknown');
  });

  it('is a stranger also where it comes from a gateway of another trunk', async () => {
    const enter = entering([trunk(ONE, 'one'), trunk(TWO, 'two', { ip: '192.0.2.2' })], [OWN]);
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`, '192.0.2.2'), 'stranger to 1');
    assert.equal(await enter(`sip:+14155550100@${ONE}.${DOMAIN}`, '192.0.2.2'), 'stranger to 1');
  });

  it('is asked for an account where the number has one', async () => {
    const authentication = { username: 'u', password: new Secret('p') };
    const enter = entering([trunk(ONE, 'one')], [{ ...OWN, authentication }]);
    assert.equal(await enter(`sip:+14155550100@${DOMAIN}`, STRANGER), 'own');
    assert.equal(await enter(`sip:+14155550100@${ONE}.${DOMAIN}`, STRANGER), 'own');
  });

  it('reaches SIP URIs and what is on no trunk as before', async () => {
    const open = number('open', { sipUri: `sip:desk@${DOMAIN}` });
    const orphan = number('orphan', { credentialId: TWO, address: '+14155550300' });
    const enter = entering([trunk(ONE, 'one')], [OWN, open, orphan]);
    assert.equal(await enter(`sip:desk@${DOMAIN}`, STRANGER), 'open');
    assert.equal(await enter(`sip:desk@${DOMAIN}`), 'open');
    assert.equal(
      await enter(`sip:+14155550300@${DOMAIN}`, STRANGER),
      'orphan',
      'it says itself why it takes none',
    );
    assert.equal(await enter(`sip:${DOMAIN}`, STRANGER), 'unknown');
  });
});
