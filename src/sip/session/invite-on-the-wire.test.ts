import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerAll, headerValue } from '../message/headers.ts';
import { tagOf } from '../message/name-address.ts';
import type { SessionEnd } from './session.ts';
import { ANSWER, answeredCall, OFFER, rawScene } from './test-support.ts';

describe('an INVITE on the wire', () => {
  const scene = rawScene();

  it('sends 100 where it takes longer to ring, without a tag, and says in Via where the request came from', async () => {
    scene.raw.request({ body: OFFER, sentBy: 'phone.invalid:1234;rport' });
    await scene.agent.session();
    scene.clock.advance(99);
    scene.raw.request({ method: 'OPTIONS', branch: 'z9hG4bK-meanwhile', callId: 'meanwhile' });
    await scene.raw.response(200);
    assert.equal(scene.raw.responses(100).length, 0);
    scene.clock.advance(1);
    const trying = await scene.raw.response(100);
    assert.match(headerValue(trying, 'Via') ?? '', new RegExp(`rport=${scene.raw.port}`));
    assert.match(headerValue(trying, 'Via') ?? '', /received=127\.0\.0\.1/);
    assert.equal(tagOf(headerValue(trying, 'To')), undefined);
  });

  it('sends 100 as soon as the INVITE comes again, and none once it rings', async () => {
    const copy = { body: OFFER, branch: 'z9hG4bK-again' };
    scene.raw.request(copy);
    const session = await scene.agent.session();
    scene.raw.request(copy);
    await scene.raw.response(100);
    session.ring();
    await scene.raw.response(180);
    scene.clock.advance(1_000);
    scene.raw.request(copy);
    await scene.raw.response(180, 1);
    assert.equal(scene.raw.responses(100).length, 1);
  });

  it('overwrites a received and an rport that the sender wrote itself', async () => {
    scene.raw.request({ method: 'OPTIONS', sentBy: 'phone.invalid;received=192.0.2.9;rport=9' });
    const via = headerValue(await scene.raw.response(200), 'Via') ?? '';
    assert.match(via, /received=127\.0\.0\.1/);
    assert.doesNotMatch(via, /192\.0\.2\.9/);
  });

  it('copies Record-Route into 180 and 200, in order, and not into 100 or a rejection', async () => {
    const routes = ['<sip:192.0.2.1;lr>;x="a, b"', '<sip:192.0.2.2;lr>'];
    scene.raw.request({ body: OFFER, headers: routes.map((route) => `Record-Route: ${route}`) });
    const session = await scene.agent.session();
    scene.clock.advance(100);
    session.ring();
    void session.accept(ANSWER).catch(() => {});
    for (const status of [180, 200]) {
      assert.deepEqual(headerAll(await scene.raw.response(status), 'Record-Route'), routes);
    }
    assert.deepEqual(headerAll(await scene.raw.response(100), 'Record-Route'), []);
    const ok = await scene.raw.response(200);
    assert.match(
      headerValue(ok, 'Contact') ?? '',
      new RegExp(`^<sip:bob@127.0.0.1:${scene.agent.userAgent.udpPort}>$`),
    );
    assert.ok(headerValue(ok, 'Allow')?.includes('INVITE'));
    scene.raw.request({
      branch: 'z9hG4bKrejected',
      callId: 'rejected',
      body: OFFER,
      headers: routes.map((route) => `Record-Route: ${route}`),
    });
    (await scene.agent.session(1)).reject(486);
    assert.deepEqual(headerAll(await scene.raw.response(486), 'Record-Route'), []);
  });

  it('repeats 180 each minute while it rings', async () => {
    scene.raw.request({ body: OFFER });
    (await scene.agent.session()).ring();
    await scene.raw.response(180);
    scene.clock.advance(60_000);
    await scene.raw.response(180, 1);
  });

  it('retransmits its 2xx until the ACK', async () => {
    scene.raw.request({ body: OFFER });
    const session = await scene.agent.session();
    const accepted = session.accept(ANSWER);
    scene.clock.advance(3500);
    const again = await scene.raw.response(200, 3);
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: tagOf(headerValue(again, 'To')) ?? '' });
    await accepted;
    scene.clock.advance(30_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(scene.raw.responses(200).length, 4);
  });

  it('ends with BYE where the ACK never comes within 64 * T1', async () => {
    scene.raw.request({ body: OFFER });
    const session = await scene.agent.session();
    const ends: SessionEnd[] = [];
    session.ended.on((end) => ends.push(end));
    const accepted = session.accept(ANSWER);
    const refused = assert.rejects(accepted, { status: 408 });
    await scene.raw.response(200);
    scene.clock.advance(32_000);
    await refused;
    const bye = await scene.raw.awaitRequest('BYE');
    assert.deepEqual(ends, [{ by: 'failure', status: 408, reason: 'no ACK' }]);
    scene.raw.respond(bye, 200);
    assert.equal(scene.raw.responses(200).length, 11);
    assert.equal(scene.agent.userAgent.sessionCount, 0);
  });

  it('holds its own BYE back until the ACK', async () => {
    scene.raw.request({ body: OFFER });
    const session = await scene.agent.session();
    void session.accept(ANSWER);
    const toTag = tagOf(headerValue(await scene.raw.response(200), 'To')) ?? '';
    const gone = session.bye();
    scene.raw.request({ method: 'OPTIONS', branch: 'z9hG4bKo', callId: 'marker' });
    await scene.raw.response(200, 1);
    assert.equal(scene.raw.requests('BYE').length, 0);
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    scene.raw.respond(await scene.raw.awaitRequest('BYE'), 200);
    await gone;
  });

  it('takes a BYE before the ACK, and one before its answer', async () => {
    scene.raw.request({ body: OFFER });
    const session = await scene.agent.session();
    const refused = assert.rejects(session.accept(ANSWER));
    const toTag = tagOf(headerValue(await scene.raw.response(200), 'To')) ?? '';
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye', toTag, cseq: 2 });
    await scene.raw.response(200, 1);
    await refused;
    scene.clock.advance(32_000);
    scene.raw.request({ body: OFFER, branch: 'z9hG4bKsecond', callId: 'second' });
    const early = await scene.agent.session(1);
    const ends: SessionEnd[] = [];
    early.ended.on((end) => ends.push(end));
    early.ring();
    const earlyTag = tagOf(headerValue(await scene.raw.response(180), 'To')) ?? '';
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye2', callId: 'second', toTag: earlyTag, cseq: 2 });
    await scene.raw.response(487);
    assert.deepEqual(ends, [{ by: 'peer', cancelled: true, status: 487 }]);
  });

  it('answers a CANCEL with 200 and its INVITE with 487; an unmatched one with 481', async () => {
    scene.raw.request({ body: OFFER });
    await scene.agent.session();
    scene.raw.request({ method: 'CANCEL' });
    await scene.raw.response(487);
    assert.equal(headerValue(await scene.raw.response(200), 'CSeq'), '1 CANCEL');
    scene.raw.request({ method: 'CANCEL', branch: 'z9hG4bKnone', callId: 'none' });
    await scene.raw.response(481);
  });

  it('leaves an answered call alone when its CANCEL comes too late', async () => {
    const { ends } = await answeredCall(scene);
    scene.raw.request({ method: 'CANCEL' });
    await scene.raw.response(200, 1);
    assert.deepEqual(ends, []);
  });

  it('ends an invitation that expires', async () => {
    scene.raw.request({ body: OFFER, headers: ['Expires: 5'] });
    await scene.agent.session();
    scene.clock.advance(5000);
    await scene.raw.response(487);
    assert.equal(scene.agent.userAgent.sessionCount, 0);
  });
});
