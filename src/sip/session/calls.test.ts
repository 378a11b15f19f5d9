import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CA, CERT, KEY } from '../../../test/support/test-certificate.ts';
import { systemClock } from '../../lib/clock.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { DigestVerifier } from '../auth/digest-verifier.ts';
import { tagOf } from '../message/name-address.ts';
import { glareBackOffMs } from './own-reinvites.ts';
import { type InviteClientSession, type SessionEnd, SipRejection } from './session.ts';
import { ANSWER, OFFER, RawPeer, TestAgent, until } from './test-support.ts';

const decoder = new TextDecoder();

function endsOf(session: { ended: { on(listener: (end: SessionEnd) => void): void } }): SessionEnd[] {
  const ends: SessionEnd[] = [];
  session.ended.on((end) => ends.push(end));
  return ends;
}

const BY_TLS = { tls: { port: 0, cert: CERT, key: KEY }, ca: CA };

for (const protocol of ['udp', 'tcp', 'tls'] as const) {
  describe(`two user agents over ${protocol}`, () => {
    let alice: TestAgent;
    let bob: TestAgent;

    beforeEach(async () => {
      const options = protocol === 'tls' ? BY_TLS : {};
      alice = await TestAgent.start(options);
      bob = await TestAgent.start(options);
    });

    afterEach(async () => {
      await alice.close();
      await bob.close();
    });

    function dial(sdp: string | undefined = OFFER): InviteClientSession {
      return alice.userAgent.invite({
        uri: bob.uri(protocol),
        from: { uri: 'sip:alice@127.0.0.1' },
        headers: [{ name: 'X-Test', value: 'yes' }],
        sdp,
      });
    }

    async function connect() {
      const caller = dial();
      const callee = await bob.session();
      await Promise.all([callee.accept(ANSWER), caller.answered]);
      return { caller, callee, callerEnds: endsOf(caller), calleeEnds: endsOf(callee) };
    }

    it('ring, answer, and end by the caller', async () => {
      const caller = dial();
      const provisionals: number[] = [];
      caller.provisionals.on((response) => provisionals.push(response.status));
      const callee = await bob.session();
      assert.equal(callee.offer, OFFER);
      assert.equal(callee.request.headers.find(({ name }) => name === 'X-Test')?.value, 'yes');
      assert.equal(callee.callId, caller.callId);
      assert.equal(callee.localAddress, '127.0.0.1');
      callee.ring();
      await until(() => provisionals.includes(180), '180');
      const accepted = callee.accept(ANSWER);
      const response = await caller.answered;
      await accepted;
      assert.equal(decoder.decode(response.body), ANSWER);
      assert.equal(bob.userAgent.sessionCount, 1);
      const ends = [endsOf(caller), endsOf(callee)];
      await caller.bye();
      assert.deepEqual(ends, [[{ by: 'us' }], [{ by: 'peer' }]]);
      assert.equal(alice.userAgent.sessionCount + bob.userAgent.sessionCount, 0);
    });

    it('hear each other before the answer: 183 has the answer once, and the 200 has the same', async () => {
      const caller = dial();
      const provisionals: [number, string][] = [];
      caller.provisionals.on(({ status, body }) => provisionals.push([status, decoder.decode(body)]));
      const callee = await bob.session();
      callee.progress(ANSWER);
      callee.progress(OFFER);
      callee.ring();
      await until(() => provisionals.filter(([status]) => status === 183).length === 2, '183 twice');
      await assert.rejects(callee.accept(OFFER), TypeError);
      const accepted = callee.accept(ANSWER);
      const { body } = await caller.answered;
      await accepted;
      callee.progress(ANSWER);
      assert.equal(decoder.decode(body), ANSWER);
      const early = [183, ANSWER];
      assert.deepEqual(
        provisionals.filter(([status]) => status > 100),
        [early, early],
      );
      await caller.bye();
    });

    it('cancel after early media: 487 on both sides', async () => {
      const caller = dial();
      const callee = await bob.session();
      const calleeEnds = endsOf(callee);
      callee.progress(ANSWER);
      caller.cancel();
      await assert.rejects(caller.answered, { status: 487 });
      assert.deepEqual(calleeEnds, [{ by: 'peer', cancelled: true, status: 487 }]);
    });

    it('end by the callee, with the Reason told', async () => {
      const { callee, callerEnds, calleeEnds } = await connect();
      await callee.bye([{ name: 'Reason', value: 'Q.850;cause=16' }]);
      assert.deepEqual(calleeEnds, [{ by: 'us' }]);
      assert.deepEqual(callerEnds, [{ by: 'peer', reason: 'Q.850;cause=16' }]);
    });

    it('both say BYE at once and end once each', async () => {
      const { caller, callee, callerEnds, calleeEnds } = await connect();
      await Promise.all([caller.bye(), callee.bye(), caller.bye()]);
      assert.equal(callerEnds.length, 1);
      assert.equal(calleeEnds.length, 1);
    });

    it('refuse with the status given, its reason and headers', async () => {
      const caller = dial();
      const ends = endsOf(caller);
      const callee = await bob.session();
      const calleeEnds = endsOf(callee);
      callee.reject(503, { reason: 'Full', headers: [{ name: 'Retry-After', value: '7' }] });
      const error = await caller.answered.catch((failure: unknown) => failure);
      assert.ok(error instanceof SipRejection);
      assert.equal(error.status, 503);
      assert.equal(error.message, 'Full');
      assert.equal(error.headers.find(({ name }) => name === 'Retry-After')?.value, '7');
      assert.deepEqual(ends, [{ by: 'peer', status: 503, reason: 'Full' }]);
      assert.deepEqual(calleeEnds, [{ by: 'us', status: 503, reason: 'Full' }]);
      await assert.rejects(callee.accept(ANSWER), { status: 487 });
    });

    it('cancel: 487 on both sides', async () => {
      const caller = dial();
      const callerEnds = endsOf(caller);
      const callee = await bob.session();
      const calleeEnds = endsOf(callee);
      callee.ring();
      caller.cancel();
      await assert.rejects(caller.answered, { status: 487 });
      assert.deepEqual(calleeEnds, [{ by: 'peer', cancelled: true, status: 487 }]);
      assert.deepEqual(callee.end, calleeEnds[0], 'also for an owner who asks later');
      assert.equal(callerEnds.length, 1);
      assert.equal(callerEnds[0]?.by, 'us');
      assert.equal(callerEnds[0]?.cancelled, true);
      await assert.rejects(callee.accept(ANSWER), { status: 487 });
    });

    it('cancel before any response: the CANCEL waits for one', async () => {
      const caller = dial();
      caller.cancel();
      await assert.rejects(caller.answered, { status: 487 });
      assert.equal(bob.ends[0]?.[0]?.cancelled, true);
    });

    it('cancel while the 2xx is under way: it is acknowledged and ended by BYE', async () => {
      const caller = dial();
      const callerEnds = endsOf(caller);
      const callee = await bob.session();
      const calleeEnds = endsOf(callee);
      const accepted = callee.accept(ANSWER);
      caller.cancel();
      await assert.rejects(caller.answered, { status: 487 });
      await accepted;
      await until(() => calleeEnds[0], 'the end at the callee');
      assert.equal(calleeEnds[0]?.by, 'peer');
      assert.equal(callerEnds[0]?.cancelled, true);
    });

    it('hold by re-INVITE from either side, and refuse one that the owner refuses', async () => {
      const { caller, callee } = await connect();
      const offers: (string | undefined)[] = [];
      callee.onOffer = (offer) => {
        offers.push(offer);
        return `${ANSWER}a=recvonly\r\n`;
      };
      assert.equal(await caller.reinvite(`${OFFER}a=sendonly\r\n`), `${ANSWER}a=recvonly\r\n`);
      assert.deepEqual(offers, [`${OFFER}a=sendonly\r\n`]);
      await assert.rejects(callee.reinvite(ANSWER), { status: 488 });
      caller.onOffer = () => {
        throw new SipRejection(403, 'Not Now');
      };
      await assert.rejects(callee.reinvite(ANSWER), { status: 403 });
      caller.onOffer = () => OFFER;
      assert.equal(await callee.reinvite(ANSWER), OFFER);
      assert.equal(bob.userAgent.sessionCount, 1);
    });

    it('take a late offer: offer in the 2xx, answer in the ACK', async () => {
      const caller = alice.userAgent.invite({
        uri: bob.uri(protocol),
        from: { uri: 'sip:alice@127.0.0.1' },
        sdp: undefined,
      });
      caller.onOffer = (offer) => {
        assert.equal(offer, ANSWER);
        return OFFER;
      };
      const callee = await bob.session();
      assert.equal(callee.offer, undefined);
      const answers: string[] = [];
      callee.onAnswer = (answer) => answers.push(answer);
      await callee.accept(ANSWER);
      assert.deepEqual(answers, [OFFER]);
    });

    it('carry INFO, and end when the peer has no such dialog', async () => {
      const { caller, callee, callerEnds } = await connect();
      const infos: { contentType: string; body: string }[] = [];
      callee.infos.on((info) => infos.push(info));
      const response = await caller.sendInfo('application/dtmf-relay', 'Signal=5\r\nDuration=160');
      assert.equal(response.status, 200);
      assert.deepEqual(infos, [{ contentType: 'application/dtmf-relay', body: 'Signal=5\r\nDuration=160' }]);
      const { udpPort: port, tlsPort } = bob.userAgent;
      await bob.close();
      bob = await TestAgent.start({
        port,
        ...(protocol === 'tls' && { tls: { ...BY_TLS.tls, port: tlsPort } }),
      });
      // Time for the caller to see that its connection is closed.
      await new Promise((resolve) => setTimeout(resolve, 20));
      await assert.rejects(caller.sendInfo('application/dtmf', '1'), { status: 481 });
      assert.equal(callerEnds[0]?.by, 'failure');
      assert.equal(callerEnds[0]?.status, 481);
    });
  });
}

describe('a caller', () => {
  let alice: TestAgent;
  let bob: TestAgent;

  beforeEach(async () => {
    const verifier = new DigestVerifier(systemClock);
    const account = { realm: 'test', username: 'alice', password: 'right' };
    alice = await TestAgent.start({ timers: { t1Ms: 20 } });
    bob = await TestAgent.start({
      handlers: {
        admit: () => 'accept',
        onInvite: (session) => {
          if (verifier.verify(session.request, account) === 'ok') {
            bob.keep(session);
            return;
          }
          const headers = verifier.challenge('test').map((value) => ({ name: 'WWW-Authenticate', value }));
          session.reject(401, { headers });
        },
      },
    });
  });

  afterEach(async () => {
    await alice.close();
    await bob.close();
  });

  const dial = (password: string | undefined) =>
    alice.userAgent.invite({
      uri: bob.uri(),
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
      ...(password === undefined ? {} : { credentials: { username: 'alice', password } }),
    });

  it('answers a challenge with its credentials', async () => {
    const caller = dial('right');
    const callee = await bob.session();
    await Promise.all([callee.accept(ANSWER), caller.answered]);
    await caller.bye();
    assert.equal(bob.userAgent.sessionCount, 0);
  });

  it('does not try a wrong password twice, and has none to try without credentials', async () => {
    await assert.rejects(dial('wrong').answered, { status: 401 });
    await assert.rejects(dial(undefined).answered, { status: 401 });
    assert.equal(alice.userAgent.sessionCount, 0);
  });

  it('gives up with 408 where nobody answers, and with 503 where nobody listens on TCP', async () => {
    const port = bob.userAgent.udpPort;
    await bob.close();
    const invite = (transport: string) =>
      alice.userAgent.invite({
        uri: `sip:bob@127.0.0.1:${port}${transport}`,
        from: { uri: 'sip:alice@127.0.0.1' },
        sdp: OFFER,
      });
    const silent = invite('');
    const ends = endsOf(silent);
    await assert.rejects(silent.answered, { status: 408 });
    assert.deepEqual(ends, [{ by: 'failure', status: 408, reason: 'no response' }]);
    await assert.rejects(invite(';transport=tcp').answered, { status: 503 });
  });

  it('refuses URIs that it cannot send to', () => {
    const from = { uri: 'sip:alice@127.0.0.1' };
    for (const uri of [
      'tel:+15550100',
      'sips:bob@127.0.0.1;transport=udp',
      'bob',
      'sip:bob@127.0.0.1;transport=sctp',
    ]) {
      assert.throws(() => alice.userAgent.invite({ uri, from, sdp: OFFER }), { status: 416 });
    }
    assert.equal(alice.userAgent.sessionCount, 0);
  });
});

describe('a caller among forks', () => {
  it('acknowledges the 2xx each time it comes, and ends every other fork that answers', async () => {
    const alice = await TestAgent.start();
    const proxy = await RawPeer.open(alice.userAgent.udpPort);
    const caller = alice.userAgent.invite({
      uri: `sip:bob@127.0.0.1:${proxy.port}`,
      from: { uri: 'sip:alice@127.0.0.1' },
      sdp: OFFER,
    });
    const invite = await proxy.awaitRequest('INVITE');
    const extra = [
      `Contact: <sip:bob@127.0.0.1:${proxy.port};fork=1>`,
      `Record-Route: <sip:192.0.2.1;lr;hop=2>, <sip:127.0.0.1:${proxy.port};lr;hop=1>`,
    ];
    proxy.respond(invite, 180, { toTag: 'early', extra });
    proxy.respond(invite, 200, { toTag: 'one', extra, body: ANSWER });
    await caller.answered;
    const ack = await proxy.awaitRequest('ACK');
    assert.equal(ack.rawUri, `sip:bob@127.0.0.1:${proxy.port};fork=1`);
    assert.deepEqual(
      ack.headers.filter(({ name }) => name === 'Route').map(({ value }) => value),
      [`<sip:127.0.0.1:${proxy.port};lr;hop=1>`, '<sip:192.0.2.1;lr;hop=2>'],
    );
    proxy.respond(invite, 200, { toTag: 'one', extra, body: ANSWER });
    const again = await proxy.awaitRequest('ACK', 1);
    assert.deepEqual(again.headers, ack.headers);
    proxy.respond(invite, 200, { toTag: 'two', extra, body: ANSWER });
    const bye = await proxy.awaitRequest('BYE');
    assert.match(bye.headers.find(({ name }) => name === 'To')?.value ?? '', /tag=two/);
    assert.match(proxy.requests('ACK')[2]?.headers.find(({ name }) => name === 'To')?.value ?? '', /tag=two/);
    assert.equal(alice.userAgent.sessionCount, 1);
    proxy.close();
    await alice.close();
  });
});

describe('glare', () => {
  it('is refused with 491 while our re-INVITE is under way, and ours is tried again after a 491', async () => {
    const clock = new FakeClock();
    const alice = await TestAgent.start({ clock });
    const raw = await RawPeer.open(alice.userAgent.udpPort);
    raw.request({ body: OFFER });
    const session = await alice.session();
    const accepted = session.accept(ANSWER);
    const toTag = tagOf((await raw.response(200)).headers.find(({ name }) => name === 'To')?.value);
    assert.ok(toTag);
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    const answered = session.reinvite(OFFER);
    const ours = await raw.awaitRequest('INVITE');
    raw.request({ branch: 'z9hG4bKre', cseq: 2, toTag, body: OFFER });
    await raw.response(491);
    raw.respond(ours, 491);
    await raw.awaitRequest('ACK');
    clock.advance(2000);
    const retried = await raw.awaitRequest('INVITE', 1);
    assert.match(retried.headers.find(({ name }) => name === 'CSeq')?.value ?? '', /^2 INVITE$/);
    raw.respond(retried, 200, { extra: [`Contact: <sip:raw@127.0.0.1:${raw.port}>`], body: ANSWER });
    assert.equal(await answered, ANSWER);
    raw.close();
    await alice.close();
  });

  it('backs off as RFC 3261 14.1 says: 2.1 to 4 s for the owner of the Call-ID, else up to 2 s', () => {
    for (let round = 0; round < 500; round += 1) {
      const owner = glareBackOffMs(true);
      const other = glareBackOffMs(false);
      assert.ok(owner >= 2100 && owner <= 4000 && owner % 10 === 0);
      assert.ok(other >= 0 && other <= 2000 && other % 10 === 0);
    }
  });
});
