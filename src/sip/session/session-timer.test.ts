import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { headerValue, headerValues } from '../message/headers.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import type { InviteServerSession, SessionEnd } from './session.ts';
import { ANSWER, OFFER, RawPeer, rawScene, TestAgent, turn, until } from './test-support.ts';

const FROM = { uri: 'sip:alice@127.0.0.1' };
/** What a refresh at half of 1800 s waits, and when its loss ends the session: 1800 s less 32 s. */
const HALF_MS = 900_000;
const EXPIRY_MS = 1_768_000;

const interval = (message: SipMessage) => headerValue(message, 'Session-Expires');

describe('the session timer as UAS', () => {
  const scene = rawScene();

  async function answered(headers: string[]) {
    scene.raw.request({ body: OFFER, headers });
    const session = await scene.agent.session();
    const ends: SessionEnd[] = [];
    session.ended.on((end) => ends.push(end));
    const accepted = session.accept(ANSWER);
    const ok = await scene.raw.response(200);
    const toTag = tagOf(headerValue(ok, 'To')) ?? '';
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    return { session, ok, toTag, ends };
  }

  it('grants what is asked for, up to its own, and says who refreshes', async () => {
    const asked: [headers: string[], granted: string | undefined, required: string[]][] = [
      [['Supported: timer', 'Session-Expires: 600'], '600;refresher=uac', ['timer']],
      [['Supported: timer', 'Session-Expires: 7200;refresher=uas'], '1800;refresher=uas', []],
      [['Supported: timer', 'Session-Expires: 7200', 'Min-SE: 3600'], '3600;refresher=uac', ['timer']],
      [['k: timer'], '1800;refresher=uas', []],
      [['x: 600;refresher=uac'], '600;refresher=uas', []],
      [['Require: timer', 'Session-Expires: 90;refresher=uac'], '90;refresher=uac', ['timer']],
      [[], undefined, []],
      [['Supported: timer', 'Session-Expires: soon'], '1800;refresher=uas', []],
    ];
    for (const [index, [headers, granted, required]] of asked.entries()) {
      scene.raw.request({ branch: `z9hG4bK${index}`, callId: `call-${index}`, body: OFFER, headers });
      void (await scene.agent.session(index)).accept(ANSWER).catch(() => {});
      const ok = await scene.raw.response(200, index);
      assert.equal(interval(ok), granted, headers.join());
      assert.deepEqual(headerValues(ok, 'Require'), required, headers.join());
    }
  });

  it('refuses too short an interval with 422 and Min-SE, unless the caller knows no session timers', async () => {
    const headers = ['Supported: timer', 'Session-Expires: 89'];
    scene.raw.request({ branch: 'z9hG4bKshort', callId: 'short', body: OFFER, headers });
    assert.equal(headerValue(await scene.raw.response(422), 'Min-SE'), '90');
    assert.equal(scene.agent.sessions.length, 0);
    const { ok, ends } = await answered(['Session-Expires: 1']);
    assert.equal(interval(ok), undefined);
    scene.clock.advance(EXPIRY_MS);
    await turn();
    assert.equal(scene.raw.requests('INVITE').length, 0);
    assert.deepEqual(ends, []);
  });

  it('refreshes at half time by UPDATE where the caller takes it, and goes on with what that grants', async () => {
    const { ends } = await answered(['Supported: timer', 'Allow: INVITE, UPDATE']);
    scene.clock.advance(HALF_MS);
    const update = await scene.raw.awaitRequest('UPDATE');
    assert.equal(interval(update), '1800;refresher=uac');
    assert.equal(update.body.length, 0);
    scene.raw.respond(update, 200, { extra: ['Session-Expires: 400;refresher=uac'] });
    await turn();
    scene.clock.advance(200_000);
    scene.raw.respond(await scene.raw.awaitRequest('UPDATE', 1), 200, {
      extra: ['Session-Expires: 400;refresher=uac'],
    });
    await turn();
    scene.clock.advance(100_000);
    assert.deepEqual(ends, []);
  });

  it('refreshes by the description in force where it does not, and tells of an answer that is another', async () => {
    const { session, ends } = await answered(['Supported: timer']);
    const answers: string[] = [];
    session.onAnswer = (answer) => answers.push(answer);
    const moved = OFFER.replace('4000', '4002');
    for (const [index, sdp] of [OFFER, moved].entries()) {
      scene.clock.advance(HALF_MS);
      const reinvite = await scene.raw.awaitRequest('INVITE', index);
      assert.equal(Buffer.from(reinvite.body).toString(), ANSWER);
      scene.raw.respond(reinvite, 200, {
        extra: ['Session-Expires: 1800;refresher=uac', `Contact: <sip:raw@127.0.0.1:${scene.raw.port}>`],
        body: sdp,
      });
      await scene.raw.awaitRequest('ACK', index);
      await turn();
    }
    assert.deepEqual(answers, [moved]);
    assert.deepEqual(ends, []);
  });

  it('tries a refresh that was refused again, and ends the session by BYE before its time is over', async () => {
    const { ends } = await answered(['Supported: timer', 'Allow: UPDATE']);
    scene.clock.advance(HALF_MS);
    scene.raw.respond(await scene.raw.awaitRequest('UPDATE'), 503);
    await turn();
    scene.clock.advance((EXPIRY_MS - HALF_MS) / 2);
    scene.raw.respond(await scene.raw.awaitRequest('UPDATE', 1), 503);
    await turn();
    assert.deepEqual(ends, []);
    scene.clock.advance((EXPIRY_MS - HALF_MS) / 2);
    scene.raw.respond(await scene.raw.awaitRequest('BYE'), 200);
    assert.deepEqual(ends, [{ by: 'failure', status: 408, reason: 'session was not refreshed' }]);
  });

  it('ends the session at once where a refresh finds no dialog any more, or no answer', async () => {
    const { ends } = await answered(['Supported: timer', 'Allow: UPDATE']);
    scene.clock.advance(HALF_MS);
    scene.raw.respond(await scene.raw.awaitRequest('UPDATE'), 481);
    scene.raw.respond(await scene.raw.awaitRequest('BYE'), 200);
    assert.equal(ends[0]?.status, 481);
    const silent = await TestAgent.start({ clock: scene.clock });
    const phone = await RawPeer.open(silent.userAgent.udpPort);
    phone.request({ body: OFFER, headers: ['Supported: timer', 'Allow: UPDATE'] });
    const session = await silent.session();
    const accepted = session.accept(ANSWER);
    const toTag = tagOf(headerValue(await phone.response(200), 'To')) ?? '';
    phone.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    scene.clock.advance(HALF_MS);
    await phone.awaitRequest('UPDATE');
    scene.clock.advance(32_000);
    await phone.awaitRequest('BYE');
    assert.deepEqual(session.end, { by: 'failure', status: 408, reason: 'no response' });
    phone.close();
    await silent.close();
  });

  it('turns to re-INVITE where the caller says that it takes UPDATE and does not', async () => {
    await answered(['Supported: timer', 'Allow: UPDATE']);
    scene.clock.advance(HALF_MS);
    scene.raw.respond(await scene.raw.awaitRequest('UPDATE'), 501);
    await turn();
    scene.clock.advance((EXPIRY_MS - HALF_MS) / 2);
    assert.match(headerValue(await scene.raw.awaitRequest('INVITE'), 'CSeq') ?? '', /^2 /);
  });

  it('waits for the caller to refresh where that is its part, and ends the session where it does not', async () => {
    const { toTag, session } = await answered(['Supported: timer', 'Session-Expires: 90;refresher=uac']);
    scene.clock.advance(59_000);
    const headers = ['Supported: timer', 'Session-Expires: 90;refresher=uac'];
    scene.raw.request({ method: 'UPDATE', branch: 'z9hG4bKup', cseq: 2, toTag, headers });
    assert.equal(interval(await scene.raw.response(200, 1)), '90;refresher=uac');
    scene.clock.advance(59_000);
    scene.raw.request({ branch: 'z9hG4bKre', cseq: 3, toTag, headers, body: OFFER });
    assert.equal((await scene.raw.response(488)).status, 488, 'no owner has answered: no refresh');
    assert.equal(session.end, undefined);
    scene.clock.advance(1_000);
    scene.raw.respond(await scene.raw.awaitRequest('BYE'), 200);
    assert.deepEqual(session.end, { by: 'failure', status: 408, reason: 'session was not refreshed' });
  });

  it('refuses a refresh with too short an interval and leaves the session as it was', async () => {
    const { toTag, ends } = await answered(['Supported: timer', 'Session-Expires: 90;refresher=uac']);
    const headers = ['Supported: timer', 'Session-Expires: 30'];
    scene.raw.request({ method: 'UPDATE', branch: 'z9hG4bKup', cseq: 2, toTag, headers });
    assert.equal(headerValue(await scene.raw.response(422), 'Min-SE'), '90');
    scene.clock.advance(59_999);
    assert.deepEqual(ends, []);
  });

  it('backs off where both refresh at once', async () => {
    await answered(['Supported: timer']);
    scene.clock.advance(HALF_MS);
    scene.raw.respond(await scene.raw.awaitRequest('INVITE'), 491);
    await scene.raw.awaitRequest('ACK');
    await turn();
    scene.clock.advance(2_000);
    assert.match(headerValue(await scene.raw.awaitRequest('INVITE', 1), 'CSeq') ?? '', /^2 /);
  });

  it('has no timer where the caller knows none, and none at all where they are off', async () => {
    const { ends, toTag, session } = await answered([]);
    scene.clock.advance(7_200_000);
    assert.deepEqual(ends, []);
    scene.raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 2, toTag });
    await until(() => session.end, 'the end');
    const off = await TestAgent.start({ sessionExpiresSeconds: 0 });
    const phone = await RawPeer.open(off.userAgent.udpPort);
    phone.request({ body: OFFER, headers: ['Supported: timer', 'Session-Expires: 90'] });
    void (await off.session()).accept(ANSWER).catch(() => {});
    const ok = await phone.response(200);
    assert.equal(interval(ok), undefined);
    assert.equal(headerValues(ok, 'Supported').includes('timer'), false);
    phone.request({ branch: 'z9hG4bK2', callId: '2', body: OFFER, headers: ['Require: timer'] });
    assert.equal(headerValue(await phone.response(420), 'Unsupported'), 'timer');
    phone.close();
    await off.close();
  });
});

describe('the session timer as UAC', () => {
  const scene = rawScene();

  const dial = () =>
    scene.agent.userAgent.invite({ uri: `sip:bob@127.0.0.1:${scene.raw.port}`, from: FROM, sdp: OFFER });
  const accept = (invite: SipRequest, extra: string[]) =>
    scene.raw.respond(invite, 200, {
      toTag: 'bob',
      extra: [`Contact: <sip:bob@127.0.0.1:${scene.raw.port}>`, ...extra],
      body: ANSWER,
    });

  it('asks for 1800 s, refreshes where the answer makes that its part, and keeps the part', async () => {
    const session = dial();
    const invite = await scene.raw.awaitRequest('INVITE');
    assert.equal(interval(invite), '1800');
    assert.ok(headerValues(invite, 'Supported').includes('timer'));
    assert.equal(headerValue(invite, 'Min-SE'), undefined);
    accept(invite, ['Session-Expires: 200;refresher=uac', 'Require: timer', 'Allow: UPDATE']);
    await session.answered;
    scene.clock.advance(100_000);
    const update = await scene.raw.awaitRequest('UPDATE');
    assert.equal(interval(update), '200;refresher=uac');
    scene.raw.respond(update, 422, { extra: ['Min-SE: 300'] });
    const again = await scene.raw.awaitRequest('UPDATE', 1);
    assert.equal(interval(again), '300;refresher=uac');
    assert.equal(headerValue(again, 'Min-SE'), '300');
    assert.deepEqual(session.end, undefined);
  });

  it('refreshes no more often than each 45 s, whatever the callee grants', async () => {
    const session = dial();
    accept(await scene.raw.awaitRequest('INVITE'), ['Session-Expires: 1;refresher=uac', 'Allow: UPDATE']);
    await session.answered;
    scene.clock.advance(44_999);
    await turn();
    assert.equal(scene.raw.requests('UPDATE').length, 0);
    scene.clock.advance(1);
    scene.raw.respond(await scene.raw.awaitRequest('UPDATE'), 200, {
      extra: ['Session-Expires: 0;refresher=uac'],
    });
    await turn();
    scene.clock.advance(44_999);
    await turn();
    assert.equal(scene.raw.requests('UPDATE').length, 1);
    assert.equal(session.end, undefined);
  });

  it('asks again for what a 422 wants, in the same call, and gives up where that is no more than it asked', async () => {
    const session = dial();
    const first = await scene.raw.awaitRequest('INVITE');
    scene.raw.respond(first, 422, { extra: ['Min-SE: 3600'] });
    const second = await scene.raw.awaitRequest('INVITE', 1);
    assert.equal(headerValue(second, 'Call-ID'), headerValue(first, 'Call-ID'));
    assert.equal(headerValue(second, 'CSeq'), '2 INVITE');
    assert.equal(interval(second), '3600');
    assert.equal(headerValue(second, 'Min-SE'), '3600');
    scene.raw.respond(second, 422, { extra: ['Min-SE: 3600'] });
    await assert.rejects(session.answered, { status: 422 });
  });

  it('ends the session where the callee does not refresh it', async () => {
    const session = dial();
    accept(await scene.raw.awaitRequest('INVITE'), ['Session-Expires: 90;refresher=uas']);
    await session.answered;
    scene.clock.advance(60_000);
    await scene.raw.awaitRequest('BYE');
    assert.deepEqual(session.end, { by: 'failure', status: 408, reason: 'session was not refreshed' });
  });

  it('asks for nothing more where the callee granted nothing', async () => {
    const session = dial();
    accept(await scene.raw.awaitRequest('INVITE'), []);
    await session.answered;
    const answered = session.reinvite(OFFER);
    const reinvite = await scene.raw.awaitRequest('INVITE', 1);
    assert.equal(interval(reinvite), undefined);
    accept(reinvite, []);
    assert.equal(await answered, ANSWER);
    scene.clock.advance(7_200_000);
    assert.equal(session.end, undefined);
  });
});

describe('UPDATE', () => {
  let agent: TestAgent;
  let raw: RawPeer;
  let session: InviteServerSession;
  let toTag: string;

  beforeEach(async () => {
    agent = await TestAgent.start();
    raw = await RawPeer.open(agent.userAgent.udpPort);
    raw.request({ body: OFFER, headers: ['Allow: UPDATE'] });
    session = await agent.session();
    session.ring();
    toTag = tagOf(headerValue(await raw.response(180), 'To')) ?? '';
  });

  afterEach(async () => {
    raw.close();
    await agent.close();
  });

  async function answer() {
    const accepted = session.accept(ANSWER);
    await raw.response(200);
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
  }

  const update = (cseq: number, body = '', headers: string[] = []) =>
    raw.request({ method: 'UPDATE', branch: `z9hG4bKup${cseq}`, cseq, toTag, body, headers });

  it('moves the target before the answer; an offer then meets one that is open: 500 with Retry-After', async () => {
    update(2, OFFER);
    const refused = await raw.response(500);
    assert.ok(Number(headerValue(refused, 'Retry-After')) <= 10);
    const other = await RawPeer.open(agent.userAgent.udpPort);
    raw.send(
      raw
        .requestText({ method: 'UPDATE', branch: 'z9hG4bKmove', cseq: 3, toTag })
        .replace(`Contact: <sip:raw@127.0.0.1:${raw.port}>`, `Contact: <sip:raw@127.0.0.1:${other.port}>`),
    );
    const ok = await raw.response(200);
    assert.match(headerValue(ok, 'CSeq') ?? '', /UPDATE/);
    assert.ok(headerValue(ok, 'Contact'));
    const accepted = session.accept(ANSWER);
    await raw.response(200, 1);
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    void session.bye();
    other.respond(await other.awaitRequest('BYE'), 200);
    other.close();
  });

  it('carries an offer in an answered call, which its owner answers or refuses', async () => {
    await answer();
    update(2, OFFER);
    await raw.response(488);
    session.onOffer = (offer) => {
      assert.equal(offer, OFFER);
      return ANSWER;
    };
    update(3, OFFER);
    const ok = await raw.response(200, 1);
    assert.equal(Buffer.from(ok.body).toString(), ANSWER);
  });

  it('is refused with 491 while our offer is open, and an offer of ours waits for none', async () => {
    await answer();
    session.onOffer = () => ANSWER;
    const reinvited = session.reinvite(ANSWER);
    const reinvite = await raw.awaitRequest('INVITE');
    update(2, OFFER);
    await raw.response(491);
    update(3);
    await raw.response(200, 1);
    raw.respond(reinvite, 200, { extra: [`Contact: <sip:raw@127.0.0.1:${raw.port}>`], body: OFFER });
    assert.equal(await reinvited, OFFER);
    const updated = session.update(ANSWER);
    const ours = await raw.awaitRequest('UPDATE');
    assert.equal(Buffer.from(ours.body).toString(), ANSWER);
    raw.request({ branch: 'z9hG4bKre', cseq: 4, toTag, body: OFFER });
    await raw.response(491, 1);
    raw.respond(ours, 200, { body: OFFER });
    assert.equal(await updated, OFFER);
    update(5, OFFER);
    await raw.response(200, 2);
  });

  it('is not sent to who does not take it, nor with an offer before the first is answered', async () => {
    const early = session.update();
    raw.respond(await raw.awaitRequest('UPDATE'), 200);
    assert.equal(await early, undefined);
    await assert.rejects(session.update(OFFER), { status: 491 });
    await answer();
    session.onOffer = () => ANSWER;
    raw.request({ branch: 'z9hG4bKre', cseq: 2, toTag, body: OFFER, headers: ['Allow: INVITE, ACK, BYE'] });
    await raw.response(200, 1);
    await assert.rejects(session.update(), { status: 405 });
  });
});
