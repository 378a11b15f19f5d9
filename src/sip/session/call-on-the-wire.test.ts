import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { garbageCollector } from '../../../test/support/garbage-collector.ts';
import { headerAll, headerValue } from '../message/headers.ts';
import { tagOf } from '../message/name-address.ts';
import type { InviteServerSession } from './session.ts';
import { ANSWER, answeredCall, OFFER, RawPeer, rawScene, TestAgent, until } from './test-support.ts';

describe('a call on the wire', () => {
  const scene = rawScene();

  it('acts on re-INVITEs: late offer, another one meanwhile, and BYE where the ACK stays out', async () => {
    const { session, toTag, ends } = await answeredCall(scene);
    const answers: string[] = [];
    session.onOffer = (offer) => (offer === undefined ? ANSWER : OFFER);
    session.onAnswer = (answer) => answers.push(answer);
    scene.raw.request({ branch: 'z9hG4bKre1', cseq: 2, toTag });
    await scene.raw.response(200, 1);
    scene.raw.request({ branch: 'z9hG4bKre2', cseq: 3, toTag, body: OFFER });
    await scene.raw.response(491);
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack2', cseq: 2, toTag, body: OFFER });
    await until(() => answers.length === 1, 'the late answer');
    assert.deepEqual(answers, [OFFER]);
    scene.raw.request({ branch: 'z9hG4bKre3', cseq: 4, toTag, body: OFFER });
    await scene.raw.response(200, 2);
    scene.clock.advance(32_000);
    await scene.raw.awaitRequest('BYE');
    assert.equal(ends[0]?.status, 408);
  });

  it('leaves nothing behind that is over but what its retransmissions get', async (t) => {
    let call: WeakRef<InviteServerSession> | undefined;
    const agent = await TestAgent.start({
      handlers: {
        onInvite(session) {
          call = new WeakRef(session);
          void session.accept(ANSWER);
        },
      },
    });
    t.after(() => agent.close());
    const raw = await RawPeer.open(agent.userAgent.udpPort);
    t.after(() => raw.close());
    raw.request({ body: OFFER });
    const toTag = tagOf(headerValue(await raw.response(200), 'To')) ?? '';
    raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 2, toTag });
    await raw.response(200, 1);
    // A WeakRef holds what it was made of until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    garbageCollector()();
    assert.ok(call);
    assert.equal(call.deref(), undefined);
    assert.ok(agent.userAgent.transactionShare > 0);
    raw.request({ method: 'BYE', branch: 'z9hG4bKbye', cseq: 2, toTag });
    await raw.response(200, 2);
  });

  it('sends its own requests where the Contact of the last re-INVITE says', async () => {
    const { session, toTag } = await answeredCall(scene);
    session.onOffer = () => ANSWER;
    const moved = await RawPeer.open(scene.agent.userAgent.udpPort);
    const text = scene.raw.requestText({ branch: 'z9hG4bKmove', cseq: 2, toTag, body: OFFER });
    scene.raw.send(
      text.replace(
        `Contact: <sip:raw@127.0.0.1:${scene.raw.port}>`,
        `Contact: <sip:raw@127.0.0.1:${moved.port}>`,
      ),
    );
    await scene.raw.response(200, 1);
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKmoveack', cseq: 2, toTag });
    const gone = session.bye();
    moved.respond(await moved.awaitRequest('BYE'), 200);
    await gone;
    moved.close();
  });

  it('goes back to the source of a caller behind a NAT, whose Contact is an address of its own', async () => {
    const text = scene.raw.requestText({ body: OFFER, sentBy: '10.9.8.7:5060;rport' });
    scene.raw.send(text.replace(/Contact: .*/, 'Contact: <sip:raw@10.9.8.7:5060>'));
    const session = await scene.agent.session();
    const accepted = session.accept(ANSWER);
    const toTag = tagOf(headerValue(await scene.raw.response(200), 'To')) ?? '';
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    void session.bye();
    assert.equal((await scene.raw.awaitRequest('BYE')).rawUri, 'sip:raw@10.9.8.7:5060');
  });

  it('follows the route set of its caller, a strict router included', async () => {
    const routes = [`<sip:127.0.0.1:${scene.raw.port}>`, '<sip:192.0.2.2;lr>'];
    scene.raw.request({ body: OFFER, headers: routes.map((route) => `Record-Route: ${route}`) });
    const session = await scene.agent.session();
    const accepted = session.accept(ANSWER);
    const toTag = tagOf(headerValue(await scene.raw.response(200), 'To')) ?? '';
    scene.raw.request({ method: 'ACK', branch: 'z9hG4bKack', toTag });
    await accepted;
    void session.bye();
    const bye = await scene.raw.awaitRequest('BYE');
    assert.equal(bye.rawUri, `sip:127.0.0.1:${scene.raw.port}`);
    assert.deepEqual(headerAll(bye, 'Route'), [
      '<sip:192.0.2.2;lr>',
      `<sip:raw@127.0.0.1:${scene.raw.port}>`,
    ]);
  });

  it('answers INFO, refuses packages it has not asked for, and OPTIONS in the dialog', async () => {
    const { session, toTag } = await answeredCall(scene);
    const infos: string[] = [];
    session.infos.on(({ body }) => infos.push(body));
    scene.raw.request({ method: 'INFO', branch: 'z9hG4bKi1', cseq: 2, toTag, body: 'Signal=1' });
    await scene.raw.response(200, 1);
    scene.raw.request({
      method: 'INFO',
      branch: 'z9hG4bKi2',
      cseq: 3,
      toTag,
      headers: ['Info-Package: foo'],
    });
    assert.equal(headerValue(await scene.raw.response(469), 'Recv-Info'), '');
    scene.raw.request({ method: 'OPTIONS', branch: 'z9hG4bKo1', cseq: 4, toTag });
    assert.ok(headerValue(await scene.raw.response(200, 2), 'Allow'));
    assert.deepEqual(infos, ['Signal=1']);
  });

  it('leaves no timer and no session behind a call once the transactions have run out', async () => {
    const { session } = await answeredCall(scene);
    const gone = session.bye();
    scene.raw.respond(await scene.raw.awaitRequest('BYE'), 200);
    await gone;
    scene.clock.advance(32_000);
    assert.equal(scene.clock.pendingCount, 0);
    assert.equal(scene.agent.userAgent.sessionCount, 0);
  });

  it('ends its sessions and leaves no timer when it closes', async () => {
    const { ends } = await answeredCall(scene);
    await scene.agent.close();
    assert.deepEqual(ends, [{ by: 'us', reason: 'SIP stack closed' }]);
    assert.equal(scene.clock.pendingCount, 0);
  });
});
