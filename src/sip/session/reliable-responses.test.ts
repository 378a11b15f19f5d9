import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { headerValue, headerValues } from '../message/headers.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import type { InviteClientSession, InviteServerSession } from './session.ts';
import { ANSWER, OFFER, RawPeer, rawScene, TestAgent, turn, until } from './test-support.ts';

const FROM = { uri: 'sip:alice@127.0.0.1' };
const bodyOf = (message: { body: Uint8Array }) => Buffer.from(message.body).toString();
const rseqOf = (response: SipResponse) => Number(headerValue(response, 'RSeq'));

describe('reliable provisional responses as UAS', () => {
  const scene = rawScene();
  let session: InviteServerSession;

  async function invite(body = OFFER, headers = ['Require: 100rel', 'Allow: UPDATE']) {
    scene.raw.request({ body, headers });
    session = await scene.agent.session();
  }

  let sequence = 1;
  beforeEach(() => {
    sequence = 1;
  });

  function prack(response: SipResponse, body = '', rack?: string): void {
    sequence += 1;
    scene.raw.request({
      method: 'PRACK',
      branch: `z9hG4bKprack${sequence}`,
      cseq: sequence,
      toTag: tagOf(headerValue(response, 'To')) ?? '',
      headers: [`RAck: ${rack ?? `${rseqOf(response)} 1 INVITE`}`],
      body,
    });
  }

  const ok = (method: string, index = 0) =>
    until(
      () => scene.raw.responses(200).filter((one) => headerValue(one, 'CSeq')?.endsWith(method))[index],
      `200 to ${method}`,
    );

  function ack(response: SipResponse): void {
    const toTag = tagOf(headerValue(response, 'To')) ?? '';
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
  }

  it('go out one at a time, each again after T1, 2 T1, 4 T1 until its PRACK', async () => {
    await invite();
    session.ring();
    session.progress(ANSWER);
    const ringing = await scene.raw.response(180);
    assert.deepEqual(headerValues(ringing, 'Require'), ['100rel']);
    scene.clock.advance(500);
    scene.clock.advance(1000);
    scene.clock.advance(2000);
    const copies = await until(
      () => scene.raw.responses(180).length === 4 && scene.raw.responses(180),
      'copies',
    );
    assert.deepEqual(new Set(copies.map(rseqOf)).size, 1);
    assert.equal(scene.raw.responses(183).length, 0);
    prack(ringing);
    const progress = await scene.raw.response(183);
    assert.equal(rseqOf(progress), rseqOf(ringing) + 1);
    assert.equal(bodyOf(progress), ANSWER);
    prack(progress);
    await ok('PRACK', 1);
    scene.clock.advance(30_000);
    await turn();
    assert.equal(scene.raw.responses(180).length, 4);
    assert.equal(scene.raw.responses(183).length, 1);
  });

  it('hold the 200 back until the description has its PRACK, and the 200 does not tell it again', async () => {
    await invite();
    session.progress(ANSWER);
    const progress = await scene.raw.response(183);
    const accepted = session.accept(ANSWER);
    await turn();
    assert.equal(scene.raw.responses(200).length, 0);
    prack(progress);
    const answer = await ok('INVITE');
    assert.equal(answer.body.length, 0);
    assert.equal(session.remoteDescription, OFFER);
    ack(answer);
    await accepted;
  });

  it('let a 200 overtake a 180 that has no PRACK yet, and take the PRACK all the same', async () => {
    await invite();
    session.ring();
    const ringing = await scene.raw.response(180);
    const accepted = session.accept(ANSWER);
    const answer = await ok('INVITE');
    assert.equal(bodyOf(answer), ANSWER);
    prack(ringing);
    await ok('PRACK');
    ack(answer);
    await accepted;
  });

  it('end the INVITE with 504 where no PRACK comes within 64 * T1', async () => {
    await invite();
    session.progress(ANSWER);
    const accepted = assert.rejects(session.accept(ANSWER), { status: 487 });
    scene.clock.advance(32_000);
    await scene.raw.response(504);
    await accepted;
    assert.deepEqual(session.end, { by: 'failure', status: 504, reason: 'no PRACK' });
  });

  it('make an offer where the INVITE had none; its answer comes in the PRACK', async () => {
    await invite('');
    const answers: string[] = [];
    session.onAnswer = (answer) => answers.push(answer);
    session.ring();
    session.progress(OFFER);
    const progress = await scene.raw.response(183);
    assert.equal(scene.raw.responses(180).length, 0, 'the first one must make an offer');
    assert.equal(bodyOf(progress), OFFER);
    prack(progress, ANSWER);
    await ok('PRACK');
    assert.deepEqual(answers, [ANSWER]);
    const accepted = session.accept(OFFER);
    const answer = await ok('INVITE');
    assert.equal(answer.body.length, 0);
    ack(answer);
    await accepted;
    assert.deepEqual(answers, [ANSWER]);
  });

  it('offer again in the 200 where the PRACK left the answer out', async () => {
    await invite('');
    session.progress(OFFER);
    prack(await scene.raw.response(183));
    await ok('PRACK');
    const accepted = session.accept(OFFER);
    const answer = await ok('INVITE');
    assert.equal(bodyOf(answer), OFFER);
    scene.raw.request({
      method: 'ACK',
      branch: 'z9hG4bKack',
      toTag: tagOf(headerValue(answer, 'To')) ?? '',
      body: ANSWER,
    });
    await accepted;
    assert.equal(session.remoteDescription, ANSWER);
  });

  it('take an offer in the PRACK, and in an UPDATE before the answer', async () => {
    await invite();
    session.onOffer = (offer) => ANSWER.replace('5000', offer?.includes('4002') ? '5002' : '5004');
    session.progress(ANSWER);
    const progress = await scene.raw.response(183);
    prack(progress, OFFER.replace('4000', '4002'));
    assert.match(bodyOf(await ok('PRACK')), /5002/);
    sequence += 1;
    scene.raw.request({
      method: 'UPDATE',
      branch: 'z9hG4bKup',
      cseq: sequence,
      toTag: tagOf(headerValue(progress, 'To')) ?? '',
      body: OFFER.replace('4000', '4004'),
    });
    assert.match(bodyOf(await ok('UPDATE')), /5004/);
    const updated = session.update(ANSWER);
    const update = await scene.raw.awaitRequest('UPDATE');
    scene.raw.respond(update, 200, { body: OFFER });
    assert.equal(await updated, OFFER);
  });

  it('get 481 for a PRACK that acknowledges nothing', async () => {
    await invite();
    session.ring();
    const ringing = await scene.raw.response(180);
    const rseq = rseqOf(ringing);
    for (const rack of [`${rseq + 1} 1 INVITE`, `${rseq} 2 INVITE`, `${rseq} 1 BYE`, `${rseq} 1`, 'x']) {
      prack(ringing, '', rack);
    }
    await scene.raw.response(481, 4);
    prack(ringing);
    await ok('PRACK');
    prack(ringing);
    await scene.raw.response(481, 5);
  });

  it('are not sent to who has not asked for them, unless the setting says so', async () => {
    await invite(OFFER, ['Supported: 100rel']);
    session.ring();
    assert.equal(headerValue(await scene.raw.response(180), 'RSeq'), undefined);
    const eager = await TestAgent.start({ reliableProvisional: 'required' });
    const off = await TestAgent.start({ reliableProvisional: 'off' });
    const phones = await Promise.all([eager, off].map(({ userAgent }) => RawPeer.open(userAgent.udpPort)));
    const [first, second] = phones;
    first?.request({ body: OFFER, headers: ['Supported: 100rel'] });
    (await eager.session()).ring();
    assert.ok(headerValue((await first?.response(180)) as SipResponse, 'RSeq'));
    second?.request({ body: OFFER, headers: ['Require: 100rel'] });
    assert.equal(headerValue((await second?.response(420)) as SipResponse, 'Unsupported'), '100rel');
    for (const phone of phones) phone.close();
    await Promise.all([eager.close(), off.close()]);
  });
});

describe('reliable provisional responses as UAC', () => {
  let agent: TestAgent;
  let raw: RawPeer;
  let session: InviteClientSession;
  let invite: SipRequest;

  async function dial(sdp: string | undefined, reliableProvisional: 'supported' | 'required') {
    agent = await TestAgent.start({ reliableProvisional });
    raw = await RawPeer.open(agent.userAgent.udpPort);
    session = agent.userAgent.invite({ uri: `sip:bob@127.0.0.1:${raw.port}`, from: FROM, sdp });
    invite = await raw.awaitRequest('INVITE');
  }

  afterEach(async () => {
    raw.close();
    await agent.close();
  });

  function respond(status: number, rseq: number | undefined, body = '', toTag = 'bob'): void {
    const reliable = rseq === undefined ? [] : ['Require: 100rel', `RSeq: ${rseq}`];
    const extra = [`Contact: <sip:bob@127.0.0.1:${raw.port};fork=${toTag}>`, 'Allow: UPDATE', ...reliable];
    raw.respond(invite, status, { toTag, extra, body });
  }

  async function prack(index = 0): Promise<string | undefined> {
    const request = await raw.awaitRequest('PRACK', index);
    raw.respond(request, 200);
    return headerValue(request, 'RAck');
  }

  it('that make no dialog are not acknowledged, but the INVITE can be cancelled from then on', async () => {
    await dial(OFFER, 'supported');
    respond(183, 1, ANSWER, '');
    await turn();
    session.cancel();
    await raw.awaitRequest('CANCEL');
    assert.equal(raw.requests('PRACK').length, 0);
  });

  it('are acknowledged by PRACK in their order; copies and what comes behind a gap are not', async () => {
    await dial(OFFER, 'supported');
    assert.ok(headerValues(invite, 'Supported').includes('100rel'));
    const statuses: number[] = [];
    session.provisionals.on(({ status }) => statuses.push(status));
    respond(180, 7);
    assert.equal(await prack(), '7 1 INVITE');
    respond(180, 7);
    respond(183, 9, ANSWER);
    respond(183, 6);
    await turn();
    assert.deepEqual(statuses, [180]);
    respond(183, 8, ANSWER);
    assert.equal(await prack(1), '8 1 INVITE');
    assert.deepEqual(statuses, [180, 183]);
    assert.equal(raw.requests('PRACK').length, 2);
    respond(200, undefined);
    await session.answered;
    assert.equal(session.remoteDescription, ANSWER, 'the answer came in the 183');
    const gone = session.bye();
    const bye = await raw.awaitRequest('BYE');
    assert.equal(headerValue(bye, 'CSeq'), '4 BYE', 'behind the PRACKs');
    assert.equal(headerValue(await raw.awaitRequest('ACK'), 'CSeq'), '1 ACK');
    raw.respond(bye, 200);
    await gone;
  });

  it('may make the offer, which the PRACK answers', async () => {
    await dial(undefined, 'supported');
    session.onOffer = (offer) => {
      assert.equal(offer, OFFER);
      return ANSWER;
    };
    respond(183, 1, OFFER);
    const request = await raw.awaitRequest('PRACK');
    assert.equal(bodyOf(request), ANSWER);
    raw.respond(request, 200);
    respond(200, undefined);
    await session.answered;
    assert.equal((await raw.awaitRequest('ACK')).body.length, 0);
    assert.equal(session.remoteDescription, OFFER);
  });

  it('are required by setting, and let both sides UPDATE before the answer', async () => {
    await dial(OFFER, 'required');
    assert.deepEqual(headerValues(invite, 'Require'), ['100rel']);
    respond(183, 1, ANSWER);
    await prack();
    const updated = session.update(OFFER);
    const update = await raw.awaitRequest('UPDATE');
    raw.respond(update, 200, { body: ANSWER });
    assert.equal(await updated, ANSWER);
    session.onOffer = () => OFFER;
    const fromTag = tagOf(headerValue(invite, 'From')) ?? '';
    raw.send(
      raw
        .requestText({ method: 'UPDATE', branch: 'z9hG4bKup', cseq: 1, toTag: fromTag, body: ANSWER })
        .replace('tag=rawtag', 'tag=bob')
        .replace('Call-ID: raw-call', `Call-ID: ${session.callId}`),
    );
    assert.equal(bodyOf(await raw.response(200)), OFFER);
  });

  it('make a new dialog and a new exchange where the INVITE had to go out again', async () => {
    await dial(undefined, 'supported');
    const offers: string[] = [];
    session.onOffer = (offer) => {
      offers.push(offer ?? '');
      return ANSWER;
    };
    respond(183, 1, OFFER, 'first');
    await prack();
    raw.respond(invite, 422, { toTag: 'proxy', extra: ['Min-SE: 3600'] });
    invite = await raw.awaitRequest('INVITE', 1);
    respond(183, 1, OFFER, 'second');
    const request = await raw.awaitRequest('PRACK', 1);
    assert.equal(bodyOf(request), ANSWER);
    raw.respond(request, 200);
    const fromTag = tagOf(headerValue(invite, 'From')) ?? '';
    const updateFrom = (tag: string) =>
      raw.send(
        raw
          .requestText({ method: 'UPDATE', branch: `z9hG4bK${tag}`, cseq: 1, toTag: fromTag })
          .replace('tag=rawtag', `tag=${tag}`)
          .replace('Call-ID: raw-call', `Call-ID: ${session.callId}`),
      );
    updateFrom('first');
    await raw.response(481);
    updateFrom('second');
    await raw.response(200);
    assert.deepEqual(offers, [OFFER, OFFER]);
  });

  it('leave the offer of an INVITE that went out again open, whatever becomes of an UPDATE from before', async () => {
    await dial(OFFER, 'supported');
    respond(183, 1, ANSWER, 'first');
    await prack();
    const updated = session.update(OFFER);
    const update = await raw.awaitRequest('UPDATE');
    raw.respond(invite, 422, { toTag: 'proxy', extra: ['Min-SE: 3600'] });
    invite = await raw.awaitRequest('INVITE', 1);
    raw.respond(update, 481);
    await assert.rejects(updated, { status: 481 });
    respond(200, undefined, ANSWER, 'second');
    await session.answered;
    assert.equal(session.remoteDescription, ANSWER);
  });

  it('count for each fork by itself, and another fork may answer than the one that was heard', async () => {
    await dial(OFFER, 'supported');
    respond(183, 20, ANSWER, 'one');
    respond(180, 5, '', 'two');
    assert.deepEqual([await prack(0), await prack(1)], ['20 1 INVITE', '5 1 INVITE']);
    respond(200, undefined, OFFER, 'two');
    await session.answered;
    assert.equal(session.remoteDescription, OFFER);
    void session.bye();
    const bye = await raw.awaitRequest('BYE');
    assert.match(bye.rawUri, /fork=two/);
    assert.equal(headerValue(bye, 'CSeq'), '3 BYE');
  });

  it('leave the call alone where the PRACK is refused', async () => {
    await dial(OFFER, 'supported');
    respond(180, 1);
    raw.respond(await raw.awaitRequest('PRACK'), 481);
    respond(200, undefined, ANSWER);
    await session.answered;
    assert.equal(session.end, undefined);
  });
});
