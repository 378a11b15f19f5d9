import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { headerValue } from '../message/headers.ts';
import { ANSWER, OFFER, RawPeer, TestAgent, until } from './test-support.ts';

const opened: { close(): unknown }[] = [];

async function open(limits: { perSource?: number; total?: number }) {
  const agent = await TestAgent.start({ halfOpenLimits: limits });
  const peer = await RawPeer.open(agent.userAgent.udpPort);
  opened.push(agent, peer);
  const invite = (name: string) => peer.request({ branch: `z9hG4bK${name}`, callId: name, body: OFFER });
  return { agent, peer, invite };
}

describe('INVITEs that wait for their final response', () => {
  afterEach(async () => {
    for (const item of opened.splice(0)) await item.close();
  });

  for (const limits of [{ perSource: 2 }, { total: 2 }]) {
    it(`are shed with 503 beyond ${JSON.stringify(limits)}, until others have theirs`, async () => {
      const { agent, peer, invite } = await open(limits);
      invite('one');
      invite('two');
      await agent.session(1);
      invite('three');
      const shed = await peer.response(503);
      assert.match(headerValue(shed, 'Retry-After') ?? '', /^\d+$/);
      assert.equal(headerValue(shed, 'Call-ID'), 'three');
      (await agent.session(0)).reject(486);
      await peer.response(486);
      invite('four');
      const fourth = await agent.session(2);
      assert.equal(fourth.callId, 'four');
      void fourth.accept(ANSWER).catch(() => {});
      await peer.response(200);
      invite('five');
      assert.equal((await agent.session(3)).callId, 'five');
    });
  }

  it('count no more once they are cancelled, and never stand in the way of other requests', async () => {
    const { agent, peer, invite } = await open({ perSource: 1 });
    invite('one');
    await agent.session(0);
    peer.request({ method: 'OPTIONS', branch: 'z9hG4bKping', callId: 'ping' });
    await peer.response(200);
    peer.request({ method: 'CANCEL', branch: 'z9hG4bKone', callId: 'one' });
    await peer.response(487);
    invite('two');
    assert.equal((await agent.session(1)).callId, 'two');
    await until(() => peer.responses(503).length === 0, 'no 503');
  });
});
