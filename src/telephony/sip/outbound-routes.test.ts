import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Trunk } from '../../domain/trunks/trunk.ts';
import { DialError } from '../../flow/dialer.ts';
import { Secret } from '../../lib/secret.ts';
import { SipRejection } from '../../sip/session/session.ts';
import { customerHeaders } from './customer-headers.ts';
import { dialErrorOf } from './dial-error.ts';
import { outboundCaller } from './outbound-caller.ts';
import { OwnListener } from './own-listener.ts';
import { trunkRoutes } from './trunk-routes.ts';

const HOST = 'sip.example';
const NUMBER = '+14155550123';
const OUR_NUMBER = { address: '+4930123456' } as PhoneNumber;

function gateway(fields: Partial<TrunkGateway> = {}): TrunkGateway {
  return {
    ip: '192.0.2.1',
    port: 5060,
    netmask: 32,
    inboundEnabled: true,
    outboundEnabled: true,
    outboundProtocol: 'udp',
    optionsPingEnabled: false,
    ...fields,
  };
}

function trunk(fields: Partial<Trunk> = {}): Trunk {
  return {
    id: 'trunk',
    orgId: 'org',
    provider: 'byo-sip-trunk',
    gateways: [gateway()],
    outboundLeadingPlusEnabled: false,
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
}

function routes(fields: Partial<Trunk>, number = NUMBER, down: string[] = []) {
  const caller = outboundCaller({ customer: { number: '+442079460018' }, number: undefined }, HOST);
  const isUp = ({ ip }: TrunkGateway) => !down.includes(ip);
  return trunkRoutes(trunk(fields), { number, caller, host: HOST, isUp });
}

function refused(judge: () => unknown): void {
  assert.throws(judge, (error) => error instanceof DialError && error.outcome === 'refused');
}

describe('a number over a trunk', () => {
  it('goes without its plus, or with it where the trunk wants it, behind the prefix', () => {
    const uri = (fields: Partial<Trunk>, number?: string) => routes(fields, number)[0]?.uri;
    assert.equal(uri({}), 'sip:14155550123@192.0.2.1:5060');
    assert.equal(uri({ outboundLeadingPlusEnabled: true }), 'sip:+14155550123@192.0.2.1:5060');
    const prefixed = { techPrefix: '99#', outboundLeadingPlusEnabled: true };
    assert.equal(uri(prefixed), 'sip:99%23+14155550123@192.0.2.1:5060');
    assert.equal(uri({ outboundLeadingPlusEnabled: true }, '101'), 'sip:101@192.0.2.1:5060');
  });

  it('tries the gateways that take outbound calls in order, by their transports, and demands SRTP where a gateway does', () => {
    const gateways = [
      gateway({ ip: '192.0.2.2', outboundProtocol: 'tcp' }),
      gateway({ ip: '192.0.2.3', outboundEnabled: false }),
      gateway({ ip: '192.0.2.4', outboundProtocol: 'tls/srtp' }),
      gateway({ ip: 'gw.example', port: 5071, outboundProtocol: 'tls' }),
    ];
    assert.deepEqual(
      routes({ gateways }).map(({ uri, demandsSrtp = false }) => [uri, demandsSrtp]),
      [
        ['sip:14155550123@192.0.2.2:5060;transport=tcp', false],
        ['sip:14155550123@192.0.2.4:5060;transport=tls', true],
        ['sip:14155550123@gw.example:5071;transport=tls', false],
      ],
    );
  });

  it('leaves the servers of a name without a port of its own to DNS', () => {
    const uriOf = (fields: Partial<TrunkGateway>) => routes({ gateways: [gateway(fields)] })[0]?.uri;
    assert.equal(uriOf({ ip: 'gw.example' }), 'sip:14155550123@gw.example;transport=udp');
    assert.equal(
      uriOf({ ip: 'gw.example', outboundProtocol: 'tls' }),
      'sip:14155550123@gw.example;transport=tls',
    );
    assert.equal(uriOf({ ip: 'gw.example', port: 5080 }), 'sip:14155550123@gw.example:5080');
  });

  it('tries a gateway that is down after the others, and none where all are down', () => {
    const gateways = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) => gateway({ ip }));
    assert.deepEqual(
      routes({ gateways }, NUMBER, ['192.0.2.1']).map(({ uri }) => uri.slice(-14, -5)),
      ['192.0.2.2', '192.0.2.3', '192.0.2.1'],
    );
    const all = gateways.map(({ ip }) => ip);
    const isUnreachable = (message: RegExp) => (error: unknown) =>
      error instanceof DialError && error.outcome === 'unreachable' && message.test(error.message);
    assert.throws(() => routes({ gateways }, NUMBER, all), isUnreachable(/every gateway .* is down/));
    const inboundOnly = [gateway({ outboundEnabled: false })];
    assert.throws(() => routes({ gateways: inboundOnly }), isUnreachable(/takes outbound calls$/));
  });

  it('tells who calls in From and P-Asserted-Identity, and who sends the call on', () => {
    const [route] = routes({ sipDiversionHeader: '+4930123456' });
    assert.deepEqual(route?.from, { uri: 'sip:+442079460018@sip.example' });
    assert.deepEqual(route?.headers, [
      { name: 'P-Asserted-Identity', value: '<sip:+442079460018@sip.example>' },
      { name: 'Diversion', value: '<sip:+4930123456@sip.example>;reason=unconditional;counter=1' },
    ]);
    const whole = '<sip:a@b>;reason=deflection';
    assert.equal(routes({ sipDiversionHeader: whole })[0]?.headers[1]?.value, whole);
    assert.equal(routes({ sipDiversionHeader: 'a\r\nX: 1' })[0]?.headers.length, 1);
  });

  it('answers a challenge with the account of the trunk, where it has both halves of one', () => {
    const outboundAuthenticationPlan = { authUsername: 'me', authPassword: new Secret('pw') };
    const [route] = routes({ outboundAuthenticationPlan });
    assert.deepEqual(route?.credentials, { username: 'me', password: 'pw' });
    assert.equal(routes({ outboundAuthenticationPlan: { authUsername: 'me' } })[0]?.credentials, undefined);
  });

  it('keeps the account for the realm that the trunk names', () => {
    const sipRegisterPlan = { realm: 'carrier.example' };
    const plan = { authUsername: 'me', authPassword: new Secret('pw'), sipRegisterPlan };
    const [route] = routes({ outboundAuthenticationPlan: plan });
    assert.deepEqual(route?.credentials, { username: 'me', password: 'pw', realm: 'carrier.example' });
  });
});

describe('who the far end of a new leg sees', () => {
  const from = (customer: object, callerId?: string, number: PhoneNumber | undefined = OUR_NUMBER) =>
    outboundCaller({ customer, number, ...(callerId !== undefined && { callerId }) }, HOST);

  it('is the callerId, else the caller, else our number, else nobody', () => {
    const caller = { number: '+442079460018', name: 'Ann' };
    assert.deepEqual(from(caller, '+4930999'), {
      from: { uri: 'sip:+4930999@sip.example' },
      number: '+4930999',
      isHidden: false,
    });
    assert.deepEqual(from(caller), {
      from: { uri: 'sip:+442079460018@sip.example', displayName: 'Ann' },
      number: '+442079460018',
      isHidden: false,
    });
    assert.deepEqual(from({ sipUri: 'sip:ann:pw@home.example;x=1' }).from, { uri: 'sip:ann@home.example' });
    assert.equal(from({}).number, OUR_NUMBER.address);
    assert.equal(
      outboundCaller({ customer: {}, number: undefined }, HOST).from.uri,
      'sip:anonymous@anonymous.invalid',
    );
  });

  it('is nobody where the callerId is anonymous; the trunk alone is told our number, and to keep it', () => {
    for (const callerId of ['anonymous', 'Anonymous'])
      assert.deepEqual(from({ number: '+442079460018', name: 'Ann' }, callerId), {
        from: { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' },
        number: OUR_NUMBER.address,
        isHidden: true,
      });
    const headersFor = (number: PhoneNumber | undefined) => {
      const caller = outboundCaller({ callerId: 'anonymous', customer: {}, number }, HOST);
      return trunkRoutes(trunk(), { number: NUMBER, caller, host: HOST, isUp: () => true })[0]?.headers;
    };
    assert.deepEqual(headersFor(OUR_NUMBER), [
      { name: 'P-Asserted-Identity', value: '<sip:+4930123456@sip.example>' },
      { name: 'Privacy', value: 'id' },
    ]);
    assert.deepEqual(headersFor(undefined), [{ name: 'Privacy', value: 'id' }]);
  });

  it('takes a SIP URI as callerId and refuses what is neither that nor a number', () => {
    assert.deepEqual(from({}, 'sips:desk@a.example').from, { uri: 'sips:desk@a.example' });
    for (const callerId of ['', 'a b', '+1\r\nX: 1', 'sip:a@b\r\nX: 1', 'tel:+1'])
      refused(() => from({}, callerId));
  });

  it('leaves a name that would break the line away', () => {
    assert.deepEqual(from({ number: '101', name: 'a\r\nb' }).from, { uri: 'sip:101@sip.example' });
  });
});

describe('the headers of a destination', () => {
  it('go out as they are', () => {
    assert.deepEqual(customerHeaders({ 'X-Ticket': '42', 'User-to-User': 'ab;encoding=hex' }), [
      { name: 'X-Ticket', value: '42' },
      { name: 'User-to-User', value: 'ab;encoding=hex' },
    ]);
  });

  it('are refused where they would change the request: our own names, also short ones, line breaks, far too many', () => {
    for (const name of ['Via', 'f', 'CONTACT', 'l', 'p-asserted-identity', 'Route', 'a b', 'a:', ''])
      refused(() => customerHeaders({ [name]: '1' }));
    for (const value of ['a\r\nVia: b', 'a\nb', 'a\0', 'x'.repeat(1_025)])
      refused(() => customerHeaders({ 'X-A': value }));
    refused(() => customerHeaders(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`X-${i}`, '']))));
  });
});

describe('how a dialled destination answered', () => {
  const STATUSES = {
    busy: [486, 600],
    'no-answer': [408, 480, 487],
    rejected: [403, 603],
    unreachable: [404, 410, 484, 604],
    failed: [400, 401, 407, 415, 488, 500, 503],
  };
  for (const [outcome, statuses] of Object.entries(STATUSES)) {
    it(`is ${outcome} for ${statuses.join(', ')}`, () => {
      for (const status of statuses) {
        const error = dialErrorOf(new SipRejection(status, 'Reason'), true);
        assert.deepEqual([error.outcome, error.status], [outcome, status]);
      }
    });
  }

  it('is unreachable where the far end said nothing at all', () => {
    const error = dialErrorOf(new SipRejection(408, 'no response'), false);
    assert.deepEqual([error.outcome, error.status], ['unreachable', undefined]);
  });
});

describe('the own listener', () => {
  const own = (bindAddress: string, publicHost = '198.51.100.7') =>
    new OwnListener({
      hosts: ['sip.example', 'SIP.vendor.example'],
      bindAddress,
      publicHost,
      userAgent: () => ({ udpPort: 5060, tcpPort: 5060, tlsPort: 0 }),
    });
  const uri = (host: string, port?: number) => ({
    scheme: 'sip',
    host,
    params: new Map(),
    headers: new Map(),
    ...(port !== undefined && { port }),
  });

  it('is what a host name of ours names, without a look-up', () => {
    const place = { protocol: 'udp', address: '127.0.0.1', port: 5060 };
    assert.deepEqual(own('0.0.0.0').placeOf(uri('sip.example')), place);
    assert.deepEqual(own('127.0.0.1').placeOf(uri('sip.vendor.example', 5060)), place);
    assert.equal(own('0.0.0.0').placeOf(uri('sip.example', 5090)), undefined);
    assert.equal(own('0.0.0.0').placeOf(uri('other.example')), undefined);
    assert.equal(own('0.0.0.0').placeOf(uri('127.0.0.1', 5060)), undefined, 'an address is judged as one');
  });

  it('is named by the host of our Contact and by the sub-domain of a trunk too, whatever address DNS has for them', () => {
    const subdomain = '01934f5e-7d3a-7c10-8a55-000000000001.sip.example';
    for (const host of ['pbx.example', subdomain])
      assert.ok(own('192.0.2.1', 'PBX.example').placeOf(uri(host)), host);
    assert.equal(own('192.0.2.1').placeOf(uri('pbx.example')), undefined);
    assert.equal(own('192.0.2.1').placeOf(uri('www.sip.example')), undefined);
  });

  it('is named by an address of ours at its port, without which it is the standard one', () => {
    const named = (host: string, port?: number) => own('192.0.2.1').isNamedBy(uri(host, port));
    for (const host of ['192.0.2.1', '198.51.100.7', 'sip.example']) assert.ok(named(host), host);
    assert.ok(named('192.0.2.1', 5060));
    assert.equal(named('192.0.2.1', 5090), false);
    assert.equal(named('192.0.2.9'), false);
    assert.equal(named('other.example'), false);
    assert.equal(own('192.0.2.1').isNamedBy({ ...uri('192.0.2.1'), scheme: 'sips' }), false, 'no TLS here');
  });

  it('is every address of this machine where it listens on all, at its port alone', () => {
    for (const address of ['127.0.0.1', '127.0.0.9', '198.51.100.7'])
      assert.ok(own('0.0.0.0').includes({ address, port: 5060 }), address);
    assert.equal(own('0.0.0.0').includes({ address: '127.0.0.1', port: 5061 }), false);
    assert.equal(own('192.0.2.1').includes({ address: '127.0.0.1', port: 5060 }), false);
    assert.ok(own('192.0.2.1').includes({ address: '192.0.2.1', port: 5060 }));
  });
});
