import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { headerValue } from '../message/headers.ts';
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
});
