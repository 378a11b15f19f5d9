import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ANSWER, OFFER, RawPeer, TestAgent } from './test-support.ts';

const HOST = '127.0.0.1';

describe('a peer that we call and that says where to go on', () => {
  let agent: TestAgent;
  let peer: RawPeer;
  let elsewhere: RawPeer;

  beforeEach(async () => {
    agent = await TestAgent.start();
    [peer, elsewhere] = await Promise.all([
      RawPeer.open(agent.userAgent.udpPort),
      RawPeer.open(agent.userAgent.udpPort),
    ]);
  });

  afterEach(async () => {
    peer.close();
    elsewhere.close();
    await agent.close();
  });

  /** Calls the peer, which answers with these header lines. */
  async function answeredWith(...extra: string[]) {
    const session = agent.userAgent.invite({
      uri: `sip:x@${HOST}:${peer.port}`,
      from: { uri: `sip:us@${HOST}` },
      sdp: OFFER,
      admits: (address) => address === HOST,
    });
    const invite = await peer.awaitRequest('INVITE');
    peer.respond(invite, 200, { toTag: 'x', extra, body: ANSWER });
    await session.answered;
    return session;
  }

  it('is followed to a place that may be reached', async () => {
    const session = await answeredWith(`Contact: <sip:x@${HOST}:${elsewhere.port}>`);
    await elsewhere.awaitRequest('ACK');
    void session.bye();
    elsewhere.respond(await elsewhere.awaitRequest('BYE'), 200);
    assert.deepEqual(peer.requests('ACK'), []);
  });

  for (const [name, lines] of [
    ['in Contact', ['Contact: <sip:x@10.0.0.1:9>']],
    ['in Contact over another transport', ['Contact: <sip:x@10.0.0.1:9;transport=tcp>']],
    ['in Record-Route', [`Contact: <sip:x@${HOST}>`, 'Record-Route: <sip:10.0.0.1;lr>']],
  ] as const) {
    it(`is not followed where it names a place ${name} that may not: requests go where the INVITE went`, async () => {
      const session = await answeredWith(...lines);
      await peer.awaitRequest('ACK');
      const ended = session.bye();
      peer.respond(await peer.awaitRequest('BYE'), 200);
      await ended;
    });
  }
});
