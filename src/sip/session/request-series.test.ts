import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { headerValue } from '../message/headers.ts';
import type { SrvRecord } from '../resolver/dns.ts';
import { FakeDns } from '../resolver/fake-dns.ts';
import type { OutboundRequest } from './session.ts';
import { RawPeer, TestAgent } from './test-support.ts';

const opened: { close(): unknown }[] = [];

async function open() {
  const clock = new FakeClock();
  const agent = await TestAgent.start({ clock });
  const peer = await RawPeer.open(agent.userAgent.udpPort);
  opened.push(agent, peer);
  const options = (changed: Partial<OutboundRequest> = {}): OutboundRequest => ({
    method: 'OPTIONS',
    uri: `sip:127.0.0.1:${peer.port}`,
    from: { uri: 'sip:ping@offhook.test' },
    ...changed,
  });
  return { clock, peer, userAgent: agent.userAgent, options };
}

describe('a request out of a dialog', () => {
  afterEach(async () => {
    for (const item of opened.splice(0)) await item.close();
  });

  it('resolves with the final response, whatever it says', async () => {
    const { peer, userAgent, options } = await open();
    const answered = userAgent.request(options({ headers: [{ name: 'Accept', value: 'application/sdp' }] }));
    const request = await peer.awaitRequest('OPTIONS');
    assert.equal(headerValue(request, 'Accept'), 'application/sdp');
    assert.equal(headerValue(request, 'Max-Forwards'), '70');
    peer.respond(request, 100);
    peer.respond(request, 405);
    assert.equal((await answered).status, 405);
  });

  it('is sent again with credentials where it is challenged, to the same server', async () => {
    const { peer, userAgent, options } = await open();
    const answered = userAgent.request(options({ credentials: { username: 'a', password: 'b' } }));
    peer.respond(await peer.awaitRequest('OPTIONS'), 401, {
      extra: ['WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'],
    });
    const second = await peer.awaitRequest('OPTIONS', 1);
    assert.match(headerValue(second, 'Authorization') ?? '', /username="a", realm="r", nonce="n"/);
    assert.equal(headerValue(second, 'CSeq'), '2 OPTIONS');
    peer.respond(second, 200);
    assert.equal((await answered).status, 200);
  });

  it('leaves a challenge that it has no credentials for to its sender', async () => {
    const { peer, userAgent, options } = await open();
    const answered = userAgent.request(options());
    peer.respond(await peer.awaitRequest('OPTIONS'), 401, {
      extra: ['WWW-Authenticate: Digest realm="r", nonce="n"'],
    });
    assert.equal((await answered).status, 401);
  });

  it('is given up as a 408 after its own limit, and forgotten', async () => {
    const { clock, peer, userAgent, options } = await open();
    const answered = userAgent.request(options({ timeoutMs: 2_000 }));
    await peer.awaitRequest('OPTIONS');
    clock.advance(2_000);
    await assert.rejects(answered, { name: 'SipRejection', status: 408 });
    assert.equal(clock.pendingCount, 0);
  });

  it('is given up as a 408 after 64 * T1 where it has no limit', async () => {
    const { clock, peer, userAgent, options } = await open();
    const answered = userAgent.request(options());
    await peer.awaitRequest('OPTIONS');
    clock.advance(32_000);
    await assert.rejects(answered, { name: 'SipRejection', status: 408 });
  });

  it('goes to no address that may not be asked', async () => {
    const { userAgent, options } = await open();
    const admits = (address: string) => address !== '127.0.0.1';
    await assert.rejects(userAgent.request(options({ admits })), { name: 'SipRejection', status: 503 });
  });

  it('is refused for a URI that is none', async () => {
    const { userAgent, options } = await open();
    await assert.rejects(userAgent.request(options({ uri: 'mailto:a@b' })), { status: 416 });
  });

  describe('to a domain with several servers', () => {
    async function openDomain(transport: 'udp' | 'tcp' = 'udp') {
      const clock = new FakeClock();
      const srv: SrvRecord[] = [];
      const dns = new FakeDns({
        srv: { [`_sip._${transport}.pbx.test`]: srv },
        addresses: { 'host.pbx.test': ['127.0.0.1'] },
      });
      const agent = await TestAgent.start({ clock, dns });
      const peers = [];
      for (const priority of [1, 2]) {
        const peer = await RawPeer.open(agent.userAgent.udpPort);
        peers.push(peer);
        srv.push({ priority, weight: 0, port: peer.port, name: 'host.pbx.test' });
      }
      opened.push(agent, ...peers);
      const [first, second] = peers as [RawPeer, RawPeer];
      const ping = (changed: Partial<OutboundRequest> = {}) =>
        agent.userAgent.request({
          method: 'OPTIONS',
          uri: `sip:pbx.test;transport=${transport}`,
          from: { uri: 'sip:ping@offhook.test' },
          ...changed,
        });
      return { clock, first, second, srv, ping };
    }

    it('asks the next one after a 503, and for a while the one that failed last', async () => {
      const { first, second, ping } = await openDomain();
      const answered = ping();
      first.respond(await first.awaitRequest('OPTIONS'), 503);
      second.respond(await second.awaitRequest('OPTIONS'), 200);
      assert.equal((await answered).status, 200);
      const again = ping();
      second.respond(await second.awaitRequest('OPTIONS', 1), 200);
      assert.equal((await again).status, 200);
      assert.equal(first.requests('OPTIONS').length, 1);
    });

    it('asks the next one where one does not answer in time', async () => {
      const { clock, first, second, ping } = await openDomain();
      const answered = ping({ timeoutMs: 3_000 });
      await first.awaitRequest('OPTIONS');
      clock.advance(3_000);
      second.respond(await second.awaitRequest('OPTIONS'), 404);
      assert.equal((await answered).status, 404);
    });

    it('fails with what the last one said where all are down', async () => {
      const { clock, first, second, ping } = await openDomain();
      const answered = ping({ timeoutMs: 3_000 });
      first.respond(await first.awaitRequest('OPTIONS'), 503);
      await second.awaitRequest('OPTIONS');
      clock.advance(3_000);
      assert.equal((await answered).status, 503);
    });

    it('fails with 503 where no connection can be made to any', async () => {
      const { ping } = await openDomain('tcp');
      await assert.rejects(ping(), { name: 'SipRejection', status: 503, message: /ECONNREFUSED/ });
    });
  });
});
