import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import type { InviteClientSession } from './session.ts';
import { ANSWER, answeredCall, OFFER, RawPeer, rawScene, TestAgent, turn } from './test-support.ts';

const FROM = { uri: 'sip:alice@127.0.0.1' };
const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

describe('a called agent in a race', () => {
  const scene = rawScene();

  it('learns from a CANCEL that somebody else has answered', async () => {
    scene.raw.request({ body: OFFER });
    const session = await scene.agent.session();
    scene.raw.request({ method: 'CANCEL', headers: [`Reason: ${ELSEWHERE}`] });
    await scene.raw.response(487);
    assert.deepEqual(session.end, { by: 'peer', cancelled: true, status: 487, reason: ELSEWHERE });
  });

  it('ends once where BYE crosses its re-INVITE, which then fails', async () => {
    const { session, toTag } = await answeredCall(scene);
    const reinvited = session.reinvite(OFFER);
    const reinvite = await scene.raw.awaitRequest('INVITE');
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 2, toTag });
    await scene.raw.response(200, 1);
    assert.deepEqual(session.end, { by: 'peer' });
    scene.raw.respond(reinvite, 487);
    await assert.rejects(reinvited, { status: 487 });
    await scene.raw.awaitRequest('ACK');
    assert.equal(scene.raw.requests('BYE').length, 0);
  });

  it('waits no longer than 32 s for a re-INVITE of a session that has ended, whatever it has heard of it', async () => {
    const { session, toTag } = await answeredCall(scene);
    const reinvited = assert.rejects(session.reinvite(OFFER), { status: 408 });
    scene.raw.respond(await scene.raw.awaitRequest('INVITE'), 100);
    await turn();
    scene.clock.advance(60_000);
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 2, toTag });
    await scene.raw.response(200, 1);
    scene.clock.advance(32_000);
    await reinvited;
    assert.equal(scene.clock.pendingCount, 0);
  });

  it('refuses a re-INVITE that crosses its BYE, and answers a BYE that does', async () => {
    const { session, toTag } = await answeredCall(scene);
    const gone = session.bye();
    const bye = await scene.raw.awaitRequest('BYE');
    scene.raw.request({ branch: 'z9hG4bKre', cseq: 2, toTag, body: OFFER });
    await scene.raw.response(481);
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 3, toTag });
    await scene.raw.response(200, 1);
    scene.raw.respond(bye, 481);
    await gone;
    assert.deepEqual(session.end, { by: 'us' });
  });

  it('takes a BYE before the ACK, and says nothing more', async () => {
    scene.raw.request({ body: OFFER });
    const session = await scene.agent.session();
    const refused = assert.rejects(session.accept(ANSWER), { status: 487 });
    const toTag = tagOf(headerValue(await scene.raw.response(200), 'To')) ?? '';
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 2, toTag });
    await refused;
    await scene.raw.response(200, 1);
    scene.clock.advance(40_000);
    await turn();
    assert.equal(scene.raw.responses(200).length, 2);
    assert.deepEqual(scene.raw.requests('BYE'), []);
  });

  it('tells in its BYE why it ends a call that was never acknowledged', async () => {
    scene.raw.request({ body: OFFER });
    const refused = assert.rejects((await scene.agent.session()).accept(ANSWER), { status: 408 });
    await scene.raw.response(200);
    scene.clock.advance(32_000);
    await refused;
    assert.equal(headerValue(await scene.raw.awaitRequest('BYE'), 'Reason'), 'SIP;cause=408;text="no ACK"');
  });

  it('is called by tel URIs, which name who calls and who is called', async () => {
    const text = scene.raw
      .requestText({ uri: 'tel:+1-555-0100', body: OFFER })
      .replace('From: <sip:raw@127.0.0.1>', 'From: <tel:+15550199;phone-context=x>')
      .replace('To: <sip:bob@127.0.0.1>', 'To: <tel:+1-555-0100>');
    scene.raw.send(text);
    const session = await scene.agent.session();
    assert.equal(session.request.uri.user, '+15550100');
    const accepted = session.accept(ANSWER);
    const ok = await scene.raw.response(200);
    assert.match(headerValue(ok, 'Contact') ?? '', /^<sip:\+15550100@127\.0\.0\.1:/);
    scene.raw.send(
      scene.raw
        .requestText({ method: 'ACK', branch: 'z9hG4bKack', toTag: tagOf(headerValue(ok, 'To')) ?? '' })
        .replace('sip:raw@127.0.0.1>;tag', 'tel:+15550199;phone-context=x>;tag'),
    );
    await accepted;
    void session.bye();
    const bye = await scene.raw.awaitRequest('BYE');
    assert.equal(headerValue(bye, 'To'), '<tel:+15550199;phone-context=x>;tag=rawtag');
  });
});

describe('a calling agent in a race', () => {
  let agent: TestAgent;
  let raw: RawPeer;
  let session: InviteClientSession;
  let invite: SipRequest;

  beforeEach(async () => {
    agent = await TestAgent.start();
    raw = await RawPeer.open(agent.userAgent.udpPort);
    session = agent.userAgent.invite({ uri: `sip:bob@127.0.0.1:${raw.port}`, from: FROM, sdp: OFFER });
    invite = await raw.awaitRequest('INVITE');
  });

  afterEach(async () => {
    raw.close();
    await agent.close();
  });

  const respond = (status: number, toTag: string, body = '') =>
    raw.respond(invite, status, { toTag, extra: [`Contact: <sip:bob@127.0.0.1:${raw.port}>`], body });

  it('tells in its CANCEL, and in the BYE of a 200 that crosses it, that somebody else has answered', async () => {
    respond(180, 'bob');
    await turn();
    session.cancel([{ name: 'Reason', value: ELSEWHERE }]);
    const cancel = await raw.awaitRequest('CANCEL');
    assert.equal(headerValue(cancel, 'Reason'), ELSEWHERE);
    assert.equal(headerValue(cancel, 'Via'), headerValue(invite, 'Via'));
    respond(200, 'bob', ANSWER);
    await raw.awaitRequest('ACK');
    assert.equal(headerValue(await raw.awaitRequest('BYE'), 'Reason'), ELSEWHERE);
    await assert.rejects(session.answered, { status: 487 });
  });

  it('ends the second fork that answers, with the reason, and keeps the first', async () => {
    respond(180, 'one');
    respond(180, 'two');
    respond(200, 'one', ANSWER);
    await session.answered;
    respond(200, 'two', ANSWER);
    const bye = await raw.awaitRequest('BYE');
    assert.equal(headerValue(bye, 'Reason'), ELSEWHERE);
    assert.equal(tagOf(headerValue(bye, 'To')), 'two');
    assert.equal(session.end, undefined);
  });

  it('sends its BYE only after the ACK, where it is told to hang up as the answer comes', async () => {
    const gone = session.answered.then(() => session.bye());
    respond(200, 'bob', ANSWER);
    raw.respond(await raw.awaitRequest('BYE'), 200);
    await gone;
    const methods = raw.received.flatMap((message) => (message.kind === 'request' ? message.method : []));
    assert.deepEqual(methods, ['INVITE', 'ACK', 'BYE']);
  });

  it('gives up an INVITE whose CANCEL has no effect, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const caller = await TestAgent.start({ clock });
    const phone = await RawPeer.open(caller.userAgent.udpPort);
    const lost = caller.userAgent.invite({ uri: `sip:bob@127.0.0.1:${phone.port}`, from: FROM, sdp: OFFER });
    phone.respond(await phone.awaitRequest('INVITE'), 180, { toTag: 'bob' });
    await turn();
    lost.cancel();
    await phone.awaitRequest('CANCEL');
    clock.advance(32_000);
    await assert.rejects(lost.answered, { status: 487 });
    assert.equal(clock.pendingCount, 0);
    phone.close();
    await caller.close();
  });

  it('takes no final response after the first: a 486 that follows a 200 changes nothing', async () => {
    respond(200, 'bob', ANSWER);
    await session.answered;
    respond(486, 'bob');
    await turn();
    assert.equal(session.end, undefined);
  });
});
