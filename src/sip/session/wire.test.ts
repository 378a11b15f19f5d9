import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { tagOf } from '../dialog/dialog.ts';
import type { SipMessage } from '../message/message.ts';
import type { InviteServerSession, SessionEnd, UserAgentHandlers } from './session.ts';
import { ANSWER, OFFER, RawPeer, TestAgent, until } from './test-support.ts';

function headerOf(message: SipMessage, name: string): string | undefined {
  return message.headers.find((line) => line.name === name)?.value;
}

function headersOf(message: SipMessage, name: string): string[] {
  return message.headers.filter((line) => line.name === name).map((line) => line.value);
}

describe('a user agent on the wire', () => {
  let clock: FakeClock;
  let agent: TestAgent;
  let raw: RawPeer;
  let verdict: ReturnType<UserAgentHandlers['admit']>;

  beforeEach(async () => {
    clock = new FakeClock();
    verdict = 'accept';
    agent = await TestAgent.start({
      clock,
      handlers: {
        admit: () => verdict,
        onInvite: (session) => {
          if (session.request.rawUri.includes('fail')) throw new Error('owner failed');
          agent.keep(session);
        },
      },
    });
    raw = await RawPeer.open(agent.userAgent.udpPort);
  });

  afterEach(async () => {
    raw.close();
    await agent.close();
  });

  async function answered(): Promise<{ session: InviteServerSession; toTag: string; ends: SessionEnd[] }> {
    raw.request({ body: OFFER });
    const session = await agent.session();
    const ends: SessionEnd[] = [];
    session.ended.on((end) => ends.push(end));
    const accepted = session.accept(ANSWER);
    const toTag = tagOf(headerOf(await raw.response(200), 'To')) ?? '';
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    return { session, toTag, ends };
  }

  it('sends 100 where it takes longer to ring, without a tag, and says in Via where the request came from', async () => {
    raw.request({ body: OFFER, sentBy: 'phone.invalid:1234;rport' });
    await agent.session();
    clock.advance(99);
    raw.request({ method: 'OPTIONS', branch: 'z9hG4bK-meanwhile', callId: 'meanwhile' });
    await raw.response(200);
    assert.equal(raw.responses(100).length, 0);
    clock.advance(1);
    const trying = await raw.response(100);
    assert.match(headerOf(trying, 'Via') ?? '', new RegExp(`rport=${raw.port}`));
    assert.match(headerOf(trying, 'Via') ?? '', /received=127\.0\.0\.1/);
    assert.equal(tagOf(headerOf(trying, 'To')), undefined);
  });

  it('sends 100 as soon as the INVITE comes again, and none once it rings', async () => {
    const copy = { body: OFFER, branch: 'z9hG4bK-again' };
    raw.request(copy);
    const session = await agent.session();
    raw.request(copy);
    await raw.response(100);
    session.ring();
    await raw.response(180);
    clock.advance(1_000);
    raw.request(copy);
    await raw.response(180, 1);
    assert.equal(raw.responses(100).length, 1);
  });

  it('overwrites a received and an rport that the sender wrote itself', async () => {
    raw.request({ method: 'OPTIONS', sentBy: 'phone.invalid;received=192.0.2.9;rport=9' });
    const via = headerOf(await raw.response(200), 'Via') ?? '';
    assert.match(via, /received=127\.0\.0\.1/);
    assert.doesNotMatch(via, /192\.0\.2\.9/);
  });

  it('copies Record-Route into 180 and 200, in order, and not into 100 or a rejection', async () => {
    const routes = ['<sip:192.0.2.1;lr>;x="a, b"', '<sip:192.0.2.2;lr>'];
    raw.request({ body: OFFER, headers: routes.map((route) => `Record-Route: ${route}`) });
    const session = await agent.session();
    clock.advance(100);
    session.ring();
    void session.accept(ANSWER).catch(() => {});
    for (const status of [180, 200]) {
      assert.deepEqual(headersOf(await raw.response(status), 'Record-Route'), routes);
    }
    assert.deepEqual(headersOf(await raw.response(100), 'Record-Route'), []);
    const ok = await raw.response(200);
    assert.match(
      headerOf(ok, 'Contact') ?? '',
      new RegExp(`^<sip:bob@127.0.0.1:${agent.userAgent.udpPort}>$`),
    );
    assert.ok(headerOf(ok, 'Allow')?.includes('INVITE'));
  });

  it('repeats 180 each minute while it rings', async () => {
    raw.request({ body: OFFER });
    (await agent.session()).ring();
    await raw.response(180);
    clock.advance(60_000);
    await raw.response(180, 1);
  });

  it('retransmits its 2xx until the ACK', async () => {
    raw.request({ body: OFFER });
    const session = await agent.session();
    const accepted = session.accept(ANSWER);
    clock.advance(3500);
    const again = await raw.response(200, 3);
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: tagOf(headerOf(again, 'To')) ?? '' });
    await accepted;
    clock.advance(30_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(raw.responses(200).length, 4);
  });

  it('ends with BYE where the ACK never comes within 64 * T1', async () => {
    raw.request({ body: OFFER });
    const session = await agent.session();
    const ends: SessionEnd[] = [];
    session.ended.on((end) => ends.push(end));
    const accepted = session.accept(ANSWER);
    const refused = assert.rejects(accepted, { status: 408 });
    await raw.response(200);
    clock.advance(32_000);
    await refused;
    const bye = await raw.awaitRequest('BYE');
    assert.deepEqual(ends, [{ by: 'failure', status: 408, reason: 'no ACK' }]);
    raw.respond(bye, 200);
    assert.equal(raw.responses(200).length, 11);
    assert.equal(agent.userAgent.sessionCount, 0);
  });

  it('holds its own BYE back until the ACK', async () => {
    raw.request({ body: OFFER });
    const session = await agent.session();
    void session.accept(ANSWER);
    const toTag = tagOf(headerOf(await raw.response(200), 'To')) ?? '';
    const gone = session.bye();
    raw.request({ method: 'OPTIONS', branch: 'z9hG4bKo', callId: 'marker' });
    await raw.response(200, 1);
    assert.equal(raw.requests('BYE').length, 0);
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    raw.respond(await raw.awaitRequest('BYE'), 200);
    await gone;
  });

  it('takes a BYE before the ACK, and one before its answer', async () => {
    raw.request({ body: OFFER });
    const session = await agent.session();
    const refused = assert.rejects(session.accept(ANSWER));
    const toTag = tagOf(headerOf(await raw.response(200), 'To')) ?? '';
    raw.request({ method: 'BYE', branch: 'z9hG4bKbye', toTag, cseq: 2 });
    await raw.response(200, 1);
    await refused;
    clock.advance(32_000);
    raw.request({ body: OFFER, branch: 'z9hG4bKsecond', callId: 'second' });
    const early = await agent.session(1);
    const ends: SessionEnd[] = [];
    early.ended.on((end) => ends.push(end));
    early.ring();
    const earlyTag = tagOf(headerOf(await raw.response(180), 'To')) ?? '';
    raw.request({ method: 'BYE', branch: 'z9hG4bKbye2', callId: 'second', toTag: earlyTag, cseq: 2 });
    await raw.response(487);
    assert.deepEqual(ends, [{ by: 'peer', cancelled: true, status: 487 }]);
  });

  it('answers a CANCEL with 200 and its INVITE with 487; an unmatched one with 481', async () => {
    raw.request({ body: OFFER });
    await agent.session();
    raw.request({ method: 'CANCEL' });
    await raw.response(487);
    assert.equal(headerOf(await raw.response(200), 'CSeq'), '1 CANCEL');
    raw.request({ method: 'CANCEL', branch: 'z9hG4bKnone', callId: 'none' });
    await raw.response(481);
  });

  it('leaves an answered call alone when its CANCEL comes too late', async () => {
    const { session, ends } = await answered();
    raw.request({ method: 'CANCEL' });
    await raw.response(200, 1);
    assert.deepEqual(ends, []);
    void session;
  });

  it('ends an invitation that expires', async () => {
    raw.request({ body: OFFER, headers: ['Expires: 5'] });
    await agent.session();
    clock.advance(5000);
    await raw.response(487);
    assert.equal(agent.userAgent.sessionCount, 0);
  });

  it('refuses what it does not do with the status and the header that tell what it does', async () => {
    const cases: { fields: Parameters<RawPeer['request']>[0]; status: number; header?: [string, RegExp] }[] =
      [
        { fields: { method: 'REGISTER' }, status: 405, header: ['Allow', /INVITE, ACK, BYE/] },
        { fields: { method: 'PUBLISH' }, status: 405 },
        { fields: { method: 'DANCE' }, status: 501 },
        {
          fields: { headers: ['Require: foo, 100rel, bar'] },
          status: 420,
          header: ['Unsupported', /^foo, bar$/],
        },
        { fields: { maxForwards: 0 }, status: 483 },
        { fields: { method: 'BYE', toTag: 'nobody' }, status: 481 },
        { fields: { method: 'INFO' }, status: 481 },
        { fields: { uri: 'mailto:bob@example.com' }, status: 416 },
        { fields: { method: 'OPTIONS' }, status: 200, header: ['Accept', /application\/sdp/] },
      ];
    for (const [index, { fields, status, header }] of cases.entries()) {
      const before = raw.responses(status).length;
      raw.request({ ...fields, branch: `z9hG4bKcase${index}`, callId: `case-${index}` });
      const response = await raw.response(status, before);
      if (header) assert.match(headerOf(response, header[0]) ?? '', header[1]);
    }
  });

  it('answers 415 with Accept to a body that is not SDP, and reads SDP out of a multipart body', async () => {
    const text = raw.requestText({ body: 'hello' }).replace('application/sdp', 'text/plain');
    raw.send(text);
    assert.equal(headerOf(await raw.response(415), 'Accept'), 'application/sdp');
    const parts = `--b1\r\nContent-Type: application/isup\r\n\r\nxx\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n${OFFER}\r\n--b1--\r\n`;
    const multipart = raw
      .requestText({ body: parts, branch: 'z9hG4bKmp', callId: 'mp' })
      .replace(
        'Content-Type: application/sdp\r\nContent-Length',
        'Content-Type: multipart/mixed;boundary=b1\r\nContent-Length',
      );
    raw.send(multipart);
    assert.equal((await agent.session()).offer, OFFER);
  });

  it('answers 400 to what is malformed but readable, 505 to another version, and nothing to noise', async () => {
    raw.send(raw.requestText().replace('Max-Forwards: 70', 'Max-Forwards: many'));
    await raw.response(400);
    raw.send(raw.requestText({ branch: 'z9hG4bKv' }).replace('SIP/2.0\r\n', 'SIP/3.0\r\n'));
    await raw.response(505);
    for (const noise of ['\r\n\r\n', 'hello', 'INVITE sip:x SIP/2.0\r\n\r\n', '\0'.repeat(4000)])
      raw.send(noise);
    raw.send(raw.requestText({ method: 'ACK', toTag: 'x' }).replace('CSeq: 1 ACK', 'CSeq: x ACK'));
    raw.request({ method: 'OPTIONS', branch: 'z9hG4bKafter' });
    await raw.response(200);
    assert.equal(raw.received.length, 3);
  });

  it('makes nothing of a request that its owner drops, and sheds with 503 and Retry-After', async () => {
    verdict = 'drop';
    raw.request({ body: OFFER });
    raw.send(raw.requestText({ method: 'OPTIONS' }).replace('CSeq: 1', 'CSeq: x'));
    verdict = 'drop';
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(raw.received.length, 0);
    verdict = 'shed';
    for (const method of ['INVITE', 'OPTIONS']) {
      raw.request({ method, branch: `z9hG4bK${method}` });
    }
    assert.match(headerOf(await raw.response(503), 'Retry-After') ?? '', /^\d+$/);
    await raw.response(503, 1);
    assert.equal(agent.userAgent.sessionCount, 0);
  });

  it('answers 482 to the same request that came on another path', async () => {
    raw.request({ body: OFFER });
    await agent.session();
    raw.request({ body: OFFER, branch: 'z9hG4bKother' });
    await raw.response(482);
    assert.equal(agent.sessions.length, 1);
  });

  it('answers 500 to a CSeq that is not new, and to a re-INVITE before its answer, with Retry-After', async () => {
    raw.request({ body: OFFER, cseq: 7 });
    const session = await agent.session();
    session.ring();
    const toTag = tagOf(headerOf(await raw.response(180), 'To')) ?? '';
    raw.request({ method: 'INFO', cseq: 6, branch: 'z9hG4bKold', toTag });
    await raw.response(500);
    raw.request({ cseq: 8, branch: 'z9hG4bKre', toTag, body: OFFER });
    assert.match(headerOf(await raw.response(500, 1), 'Retry-After') ?? '', /^\d+$/);
  });

  it('answers 500 where its owner fails, and goes on', async () => {
    raw.request({ uri: 'sip:fail@127.0.0.1', body: OFFER, branch: 'z9hG4bKfail', callId: 'fail' });
    await raw.response(500);
    assert.equal(agent.userAgent.sessionCount, 0);
    const { session, toTag } = await answered();
    session.onOffer = () => {
      throw new TypeError('owner failed');
    };
    raw.request({ branch: 'z9hG4bKre', cseq: 2, toTag, body: OFFER });
    await raw.response(500, 1);
    assert.equal(agent.userAgent.sessionCount, 1);
  });

  it('acts on re-INVITEs: late offer, moved target, and BYE where the ACK stays out', async () => {
    const { session, toTag, ends } = await answered();
    const answers: string[] = [];
    session.onOffer = (offer) => (offer === undefined ? ANSWER : OFFER);
    session.onAnswer = (answer) => answers.push(answer);
    raw.request({ branch: 'z9hG4bKre1', cseq: 2, toTag });
    await raw.response(200, 1);
    raw.request({ branch: 'z9hG4bKre2', cseq: 3, toTag, body: OFFER });
    await raw.response(491);
    raw.request({ method: 'ACK', branch: 'z9hG4bKack2', cseq: 2, toTag, body: OFFER });
    await until(() => answers.length === 1, 'the late answer');
    assert.deepEqual(answers, [OFFER]);
    const moved = await RawPeer.open(agent.userAgent.udpPort);
    raw.request({
      branch: 'z9hG4bKre3',
      cseq: 4,
      toTag,
      body: OFFER,
    });
    await raw.response(200, 2);
    clock.advance(32_000);
    await raw.awaitRequest('BYE');
    assert.equal(ends[0]?.status, 408);
    moved.close();
  });

  it('sends its own requests where the Contact of the last re-INVITE says', async () => {
    const { session, toTag } = await answered();
    session.onOffer = () => ANSWER;
    const moved = await RawPeer.open(agent.userAgent.udpPort);
    const text = raw.requestText({ branch: 'z9hG4bKmove', cseq: 2, toTag, body: OFFER });
    raw.send(
      text.replace(`Contact: <sip:raw@127.0.0.1:${raw.port}>`, `Contact: <sip:raw@127.0.0.1:${moved.port}>`),
    );
    await raw.response(200, 1);
    raw.request({ method: 'ACK', branch: 'z9hG4bKmoveack', cseq: 2, toTag });
    const gone = session.bye();
    moved.respond(await moved.awaitRequest('BYE'), 200);
    await gone;
    moved.close();
  });

  it('goes back to the source of a caller behind a NAT, whose Contact is an address of its own', async () => {
    const text = raw.requestText({ body: OFFER, sentBy: '10.9.8.7:5060;rport' });
    raw.send(text.replace(/Contact: .*/, 'Contact: <sip:raw@10.9.8.7:5060>'));
    const session = await agent.session();
    const accepted = session.accept(ANSWER);
    const toTag = tagOf(headerOf(await raw.response(200), 'To')) ?? '';
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    void session.bye();
    assert.equal((await raw.awaitRequest('BYE')).rawUri, 'sip:raw@10.9.8.7:5060');
  });

  it('follows the route set of its caller, a strict router included', async () => {
    const routes = [`<sip:127.0.0.1:${raw.port}>`, '<sip:192.0.2.2;lr>'];
    raw.request({ body: OFFER, headers: routes.map((route) => `Record-Route: ${route}`) });
    const session = await agent.session();
    const accepted = session.accept(ANSWER);
    const toTag = tagOf(headerOf(await raw.response(200), 'To')) ?? '';
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    void session.bye();
    const bye = await raw.awaitRequest('BYE');
    assert.equal(bye.rawUri, `sip:127.0.0.1:${raw.port}`);
    assert.deepEqual(headersOf(bye, 'Route'), ['<sip:192.0.2.2;lr>', `<sip:raw@127.0.0.1:${raw.port}>`]);
  });

  it('answers INFO, refuses packages it has not asked for, and OPTIONS in the dialog', async () => {
    const { session, toTag } = await answered();
    const infos: string[] = [];
    session.infos.on(({ body }) => infos.push(body));
    raw.request({ method: 'INFO', branch: 'z9hG4bKi1', cseq: 2, toTag, body: 'Signal=1' });
    await raw.response(200, 1);
    raw.request({ method: 'INFO', branch: 'z9hG4bKi2', cseq: 3, toTag, headers: ['Info-Package: foo'] });
    assert.equal(headerOf(await raw.response(469), 'Recv-Info'), '');
    raw.request({ method: 'OPTIONS', branch: 'z9hG4bKo1', cseq: 4, toTag });
    assert.ok(headerOf(await raw.response(200, 2), 'Allow'));
    assert.deepEqual(infos, ['Signal=1']);
  });

  it('leaves no timer and no session behind a call once the transactions have run out', async () => {
    const { session } = await answered();
    const gone = session.bye();
    raw.respond(await raw.awaitRequest('BYE'), 200);
    await gone;
    clock.advance(32_000);
    assert.equal(clock.pendingCount, 0);
    assert.equal(agent.userAgent.sessionCount, 0);
  });

  it('ends its sessions and leaves no timer when it closes', async () => {
    const { ends } = await answered();
    await agent.close();
    assert.deepEqual(ends, [{ by: 'us', reason: 'SIP stack closed' }]);
    assert.equal(clock.pendingCount, 0);
    agent = await TestAgent.start();
  });

  it('reads requests from a TCP stream however it is cut, and answers pings', async () => {
    const socket = connect(agent.userAgent.tcpPort, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.setNoDelay(true);
    const options = (branch: string) =>
      raw.requestText({ method: 'OPTIONS', branch }).replace('SIP/2.0/UDP', 'SIP/2.0/TCP');
    for (const character of options('z9hG4bKt1').match(/[\s\S]{1,7}/g) ?? []) {
      socket.write(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => text.includes('branch=z9hG4bKt1'), 'the first answer');
    socket.write(`${options('z9hG4bKt2')}${options('z9hG4bKt3')}\r\n\r\n`);
    await until(() => text.includes('branch=z9hG4bKt3') && text.endsWith('\r\n\r\n\r\n'), 'answers and pong');
    assert.equal(text.split('SIP/2.0 200 OK').length, 4);
    socket.destroy();
  });
});
