import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { NameServer } from '../../../test/support/name-server.ts';
import { type AddressFamilies, dnsOf } from './dns.ts';

describe('name servers of our own choice', () => {
  let server: NameServer;
  before(async () => {
    server = await NameServer.open({
      'both.test': { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'] },
      'old.test': { A: ['192.0.2.3'] },
      '_sip._udp.old.test': { SRV: [{ priority: 1, weight: 2, port: 5070, target: 'old.test' }] },
    });
  });
  after(() => server.close());

  const ask = (host: string, families: AddressFamilies) => dnsOf([server.address], families).addresses(host);

  it('tell addresses of the families that we speak, IPv6 first, for as long as they say', async () => {
    assert.deepEqual(await ask('both.test', 'both'), {
      records: ['2001:db8::1', '192.0.2.1', '192.0.2.2'],
      ttlMs: 60_000,
    });
    assert.deepEqual((await ask('both.test', 6)).records, ['2001:db8::1']);
    assert.deepEqual((await ask('both.test', 4)).records, ['192.0.2.1', '192.0.2.2']);
  });

  it('have none of a name that they do not know, or that has none of the family', async () => {
    assert.deepEqual((await ask('nowhere.test', 'both')).records, []);
    assert.deepEqual((await ask('old.test', 6)).records, []);
    assert.deepEqual((await ask('old.test', 'both')).records, ['192.0.2.3']);
  });

  it('are asked for services, too', async () => {
    const { records } = await dnsOf([server.address], 4).srv('_sip._udp.old.test');
    const [{ priority, weight, port, name } = assert.fail('one record')] = records;
    assert.deepEqual(
      { priority, weight, port, name },
      { priority: 1, weight: 2, port: 5070, name: 'old.test' },
    );
  });

  it('that do not answer cannot tell, which is not the same as none', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const dns = dnsOf([`127.0.0.1:${silent.address().port}`], 'both');
      await assert.rejects(dns.addresses('both.test'), { code: 'ETIMEOUT' });
    } finally {
      silent.close();
    }
  });
});
