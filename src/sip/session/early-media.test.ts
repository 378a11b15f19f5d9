import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerValue } from '../message/headers.ts';
import { ANSWER, OFFER, rawScene } from './test-support.ts';

describe('a user agent that speaks before its answer', () => {
  const scene = rawScene();

  it('repeats a 183 with its SDP for a copy of the INVITE and each minute, and passes Max-Forwards on', async () => {
    scene.raw.request({ body: OFFER, maxForwards: 12 });
    const session = await scene.agent.session();
    session.progress(ANSWER);
    const first = await scene.raw.response(183);
    scene.raw.request({ body: OFFER, maxForwards: 12 });
    const copy = await scene.raw.response(183, 1);
    scene.clock.advance(60_000);
    const later = await scene.raw.response(183, 2);
    for (const { body } of [first, copy, later]) assert.equal(Buffer.from(body).toString(), ANSWER);
    assert.equal(headerValue(first, 'Content-Type'), 'application/sdp');
    const from = { uri: 'sip:alice@127.0.0.1' };
    scene.agent.userAgent.invite({
      uri: `sip:raw@127.0.0.1:${scene.raw.port}`,
      from,
      maxForwards: 11,
      sdp: undefined,
    });
    assert.equal(headerValue(await scene.raw.awaitRequest('INVITE'), 'Max-Forwards'), '11');
  });

  it('has no answer for the 183 of an INVITE without an offer', async () => {
    scene.raw.request();
    const session = await scene.agent.session();
    assert.throws(() => session.progress(ANSWER), TypeError);
  });
});
