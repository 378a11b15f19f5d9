import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { needsIpv6 } from '../../../test/support/ipv6.ts';
import { CA, CERT, KEY } from '../../../test/support/test-certificate.ts';
import { headerValue, topVia } from '../message/headers.ts';
import { ANSWER, OFFER, TestAgent } from './test-support.ts';

const LISTENING = { bindAddress: '::1', ca: CA, tls: { port: 0, cert: CERT, key: KEY } };

describe('a call over IPv6', await needsIpv6(), () => {
  const agents: TestAgent[] = [];
  const start = async (options = {}) => {
    const agent = await TestAgent.start({ ...LISTENING, ...options });
    agents.push(agent);
    return agent;
  };

  after(async () => {
    for (const agent of agents) await agent.close();
  });

  for (const protocol of ['udp', 'tcp', 'tls'] as const) {
    it(`is set up, asked within and ended from both sides by ${protocol}`, async () => {
      const [alice, bob] = [await start(), await start()];
      const port = protocol === 'tls' ? bob.userAgent.tlsPort : bob.userAgent.udpPort;
      const uri = `sip:bob@[::1]:${port};transport=${protocol}`;
      const calling = alice.userAgent.invite({ uri, from: { uri: 'sip:alice@[::1]' }, sdp: OFFER });
      const callee = await bob.session();
      assert.equal(callee.source.address, '::1');
      assert.equal(topVia(callee.request)?.host, '::1');
      assert.match(headerValue(callee.request, 'Contact') ?? '', /^<sip:alice@\[::1\]:\d+/);
      const [, answer] = await Promise.all([callee.accept(ANSWER), calling.answered]);
      assert.match(headerValue(answer, 'Contact') ?? '', /^<sip:bob@\[::1\]:\d+/);
      assert.equal(callee.localAddress, '::1');
      const told = new Promise((resolve) => callee.infos.on(resolve));
      assert.equal((await calling.sendInfo('application/dtmf-relay', 'Signal=1')).status, 200);
      await told;
      await callee.bye();
      assert.deepEqual(bob.ends[0], [{ by: 'us' }]);
      assert.equal(alice.userAgent.sessionCount + bob.userAgent.sessionCount, 0);
    });
  }

  it('comes over IPv4 as well where every interface is listened on', async () => {
    const [alice, bob] = [await start({ bindAddress: '127.0.0.1' }), await start({ bindAddress: '::' })];
    const uri = `sip:bob@127.0.0.1:${bob.userAgent.udpPort}`;
    const calling = alice.userAgent.invite({ uri, from: { uri: 'sip:alice@127.0.0.1' }, sdp: OFFER });
    const callee = await bob.session();
    assert.equal(callee.source.address, '127.0.0.1');
    assert.equal(callee.localAddress, '127.0.0.1');
    await Promise.all([callee.accept(ANSWER), calling.answered]);
    await callee.bye();
    assert.equal(alice.userAgent.sessionCount, 0);
  });
});
