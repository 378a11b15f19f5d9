import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { headerValue } from '../message/headers.ts';
import { ANSWER, OFFER, RawPeer, TestAgent } from './test-support.ts';

describe('a user agent that speaks before its answer', () => {
  let clock: FakeClock;
  let agent: TestAgent;
  let raw: RawPeer;

  beforeEach(async () => {
    clock = new FakeClock();
    agent = await TestAgent.start({ clock });
    raw = await RawPeer.open(agent.userAgent.udpPort);
  });

  afterEach(async () => {
    raw.close();
    await agent.close();
  });

  it('repeats a 183 with its SDP for a copy of the INVITE and each minute, and passes Max-Forwards on', async () => {
    raw.request({ body: OFFER, maxForwards: 12 });
    const session = await agent.session();
    session.progress(ANSWER);
    const first = await raw.response(183);
    raw.request({ body: OFFER, maxForwards: 12 });
    const copy = await raw.response(183, 1);
    clock.advance(60_000);
    const later = await raw.response(183, 2);
    for (const { body } of [first, copy, later]) assert.equal(Buffer.from(body).toString(), ANSWER);
    assert.equal(headerValue(first, 'Content-Type'), 'application/sdp');
    const from = { uri: 'sip:alice@127.0.0.1' };
    agent.userAgent.invite({ uri: `sip:raw@127.0.0.1:${raw.port}`, from, maxForwards: 11, sdp: undefined });
    assert.equal(headerValue(await raw.awaitRequest('INVITE'), 'Max-Forwards'), '11');
  });

  it('has no answer for the 183 of an INVITE without an offer', async () => {
    raw.request();
    const session = await agent.session();
    assert.throws(() => session.progress(ANSWER), TypeError);
  });
});
