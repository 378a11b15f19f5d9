import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { parseUri } from '../message/uri.ts';
import type { Source } from '../session/session.ts';
import { CachedDns } from './cached-dns.ts';
import type { NaptrRecord, SrvRecord } from './dns.ts';
import { FAILED_FOR_MS, FailedPlaces } from './failed-places.ts';
import { FakeDns } from './fake-dns.ts';
import { MAX_SERVERS, ServerResolver } from './server-resolver.ts';
import { srvOrder } from './srv-order.ts';

function uriOf(text: string) {
  const uri = parseUri(text);
  assert.ok(uri, text);
  return uri;
}

function scene(dns: FakeDns, random = () => 0) {
  const clock = new FakeClock();
  const failed = new FailedPlaces(clock);
  const resolver = new ServerResolver(new CachedDns(dns, clock), failed, random);
  const resolve = (text: string) => resolver.resolve(uriOf(text));
  const places = async (text: string) => (await resolve(text)).map(textOf);
  return { clock, failed, resolve, places };
}

function textOf({ protocol, address, port }: Source): string {
  return `${protocol} ${address} ${port}`;
}

function naptr(service: string, replacement: string, order = 10, preference = 10): NaptrRecord {
  return { service, replacement, order, preference, flags: 's' };
}

function srv(name: string, port: number, priority = 1, weight = 0): SrvRecord {
  return { name, port, priority, weight };
}

/** A carrier as they are found: TLS preferred, then UDP, each with two machines. */
function carrier(): FakeDns {
  return new FakeDns({
    naptr: {
      'carrier.test': [
        naptr('SIP+D2U', '_sip._udp.carrier.test', 20),
        naptr('SIPS+D2T', '_sips._tcp.carrier.test', 10),
        naptr('E2U+sip', '_x.carrier.test', 1),
      ],
    },
    srv: {
      '_sip._udp.carrier.test': [srv('two.carrier.test', 5070, 2), srv('one.carrier.test', 5060, 1)],
      '_sips._tcp.carrier.test': [srv('one.carrier.test', 5061)],
      '_sip._tcp.carrier.test': [srv('one.carrier.test', 5060)],
    },
    addresses: {
      'carrier.test': ['192.0.2.9'],
      'one.carrier.test': ['192.0.2.1', '2001:db8::1'],
      'two.carrier.test': ['192.0.2.2'],
      machine: ['10.0.0.7'],
    },
  });
}

describe('the resolver', () => {
  const cases: [uri: string, places: string[], why: string][] = [
    [
      'sip:a@carrier.test',
      [
        'tls 192.0.2.1 5061',
        'tls 2001:db8::1 5061',
        'udp 192.0.2.1 5060',
        'udp 2001:db8::1 5060',
        'udp 192.0.2.2 5070',
      ],
      'NAPTR tells the transports in their order, SRV the servers in theirs',
    ],
    ['sips:a@carrier.test', ['tls 192.0.2.1 5061', 'tls 2001:db8::1 5061'], 'sips takes no other service'],
    [
      'sip:a@carrier.test;transport=tcp',
      ['tcp 192.0.2.1 5060', 'tcp 2001:db8::1 5060'],
      'a transport leaves SRV to ask',
    ],
    ['sip:a@carrier.test:5080', ['udp 192.0.2.9 5080'], 'a port leaves addresses alone to ask'],
    [
      'sip:a@carrier.test:5080;transport=tls',
      ['tls 192.0.2.9 5080'],
      'a port and a transport leave nothing else',
    ],
    ['sips:a@carrier.test:5081', ['tls 192.0.2.9 5081'], 'a port of a sips URI is TLS'],
    ['sip:a@192.0.2.5', ['udp 192.0.2.5 5060'], 'an address is asked for nothing'],
    ['sips:a@[2001:db8::5]', ['tls 2001:db8::5 5061'], 'an IPv6 address is asked for nothing'],
    ['sip:a@machine', ['udp 10.0.0.7 5060'], 'a name of one label is a machine'],
  ];
  for (const [uri, places, why] of cases) {
    it(`finds ${places.join(', ')} for ${uri}: ${why}`, async () => {
      assert.deepEqual(await scene(carrier()).places(uri), places);
    });
  }

  it('asks for maddr instead of the host, but wants the certificate of the host', async () => {
    const [place] = await scene(carrier()).resolve('sips:a@elsewhere.test;maddr=carrier.test');
    assert.deepEqual(place, { protocol: 'tls', address: '192.0.2.1', port: 5061, name: 'elsewhere.test' });
  });

  it('takes the first transport with SRV records where there is no NAPTR', async () => {
    const dns = new FakeDns({
      srv: { '_sip._tcp.pbx.test': [srv('pbx.test', 5090)] },
      addresses: { 'pbx.test': ['192.0.2.3'] },
    });
    assert.deepEqual(await scene(dns).places('sip:a@pbx.test'), ['tcp 192.0.2.3 5090']);
    assert.deepEqual(dns.asked, [
      'naptr pbx.test',
      'srv _sip._udp.pbx.test',
      'srv _sip._tcp.pbx.test',
      'addresses pbx.test',
    ]);
  });

  it('takes the address of the host, by UDP, where there are no records of services', async () => {
    const dns = new FakeDns({ addresses: { 'pbx.test': ['192.0.2.3'] } });
    assert.deepEqual(await scene(dns).places('sip:a@pbx.test'), ['udp 192.0.2.3 5060']);
    assert.deepEqual(await scene(dns).places('sips:a@pbx.test'), ['tls 192.0.2.3 5061']);
  });

  it('asks nothing more of name servers that do not answer, and tries the address', async () => {
    const dns = new FakeDns({ addresses: { 'pbx.test': ['192.0.2.3'] }, dead: ['naptr pbx.test'] });
    assert.deepEqual(await scene(dns).places('sip:a@pbx.test'), ['udp 192.0.2.3 5060']);
    assert.deepEqual(dns.asked, ['naptr pbx.test', 'addresses pbx.test']);
  });

  it('passes a server over whose name has no address', async () => {
    const dns = carrier();
    dns.records.addresses = { 'two.carrier.test': ['192.0.2.2'] };
    assert.deepEqual(await scene(dns).places('sip:a@carrier.test'), ['udp 192.0.2.2 5070']);
  });

  for (const [title, dns] of [
    ['has no address', new FakeDns({})],
    ['cannot be looked up', new FakeDns({ dead: ['naptr pbx.test', 'addresses pbx.test'] })],
    ['says that it has no such service', new FakeDns({ srv: { '_sip._udp.pbx.test': [srv('', 0)] } })],
  ] as const) {
    it(`refuses with 503 a host that ${title}`, async () => {
      await assert.rejects(scene(dns).resolve('sip:a@pbx.test'), { name: 'SipRejection', status: 503 });
    });
  }

  for (const uri of [
    'sips:a@pbx.test;transport=udp',
    'sip:a@pbx.test;transport=ws',
    'tel:+15550100',
    'mailto:a@b',
  ]) {
    it(`refuses ${uri} with 416 and sends nothing in the clear`, async () => {
      await assert.rejects(scene(carrier()).resolve(uri), { name: 'SipRejection', status: 416 });
    });
  }

  it('stops at a bound, whatever a zone has', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `192.0.2.${index}`);
    const dns = new FakeDns({ addresses: { 'pbx.test': many } });
    assert.equal((await scene(dns).resolve('sip:a@pbx.test')).length, MAX_SERVERS);
  });

  it('tries a place that failed lately last, until it has answered or some time has gone by', async () => {
    const { clock, failed, resolve, places } = scene(carrier());
    const [first] = await resolve('sips:a@carrier.test');
    assert.ok(first);
    failed.failed(first);
    assert.deepEqual(await places('sips:a@carrier.test'), ['tls 2001:db8::1 5061', 'tls 192.0.2.1 5061']);
    failed.answered(first);
    assert.equal((await places('sips:a@carrier.test'))[0], 'tls 192.0.2.1 5061');
    failed.failed(first);
    clock.advance(FAILED_FOR_MS);
    assert.equal((await places('sips:a@carrier.test'))[0], 'tls 192.0.2.1 5061');
  });
});

describe('what DNS has said', () => {
  it('is asked for again after its TTL, once for all that wait', async () => {
    const dns = new FakeDns({ addresses: { 'pbx.test': ['192.0.2.3'] }, ttlMs: 30_000 });
    const { clock, resolve } = scene(dns);
    await Promise.all([resolve('sip:a@pbx.test:5060'), resolve('sip:b@pbx.test:5060')]);
    clock.advance(29_999);
    await resolve('sip:a@pbx.test:5060');
    assert.equal(dns.asked.length, 1);
    clock.advance(1);
    await resolve('sip:a@pbx.test:5060');
    assert.equal(dns.asked.length, 2);
  });

  it('is believed for a short time where it is nothing, and not at all where it is a failure', async () => {
    const dns = new FakeDns({ ttlMs: 3_600_000, dead: ['addresses away.test'] });
    const { clock, resolve } = scene(dns);
    await assert.rejects(resolve('sip:a@pbx.test:5060'));
    dns.records.addresses = { 'pbx.test': ['192.0.2.3'], 'away.test': ['192.0.2.4'] };
    clock.advance(9_999);
    await assert.rejects(resolve('sip:a@pbx.test:5060'));
    clock.advance(1);
    assert.equal((await resolve('sip:a@pbx.test:5060')).length, 1);
    await assert.rejects(resolve('sip:a@away.test:5060'));
    dns.records.dead = [];
    assert.equal((await resolve('sip:a@away.test:5060')).length, 1);
  });
});

describe('SRV records', () => {
  it('come by priority, whatever their weight', () => {
    const records = [srv('c', 1, 3, 100), srv('a', 1, 1), srv('b', 1, 2)];
    assert.deepEqual(
      srvOrder(records, () => 0.99).map(({ name }) => name),
      ['a', 'b', 'c'],
    );
  });

  it('of one priority are drawn by their weight', () => {
    const records = [srv('light', 1, 1, 1), srv('heavy', 1, 1, 3), srv('none', 1, 1, 0)];
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const first = { light: 0, heavy: 0, none: 0 };
    for (let draw = 0; draw < 10_000; draw += 1) {
      const order = srvOrder(records, random);
      assert.equal(new Set(order).size, 3);
      first[order[0]?.name as keyof typeof first] += 1;
    }
    // Of 0 to 4 in equal parts: 0 draws the one without weight, 1 the light one, 2 to 4 the heavy one.
    assert.ok(Math.abs(first.none - 2_000) < 200, `none ${first.none}`);
    assert.ok(Math.abs(first.light - 2_000) < 200, `light ${first.light}`);
    assert.ok(Math.abs(first.heavy - 6_000) < 200, `heavy ${first.heavy}`);
  });
});
