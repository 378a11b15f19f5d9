import assert from 'node:assert/strict';
import { beforeEach, describe, it, test } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { type Logger, silentLogger } from '../../lib/logger.ts';
import { headerValue } from '../message/headers.ts';
import { tagOf } from '../message/name-address.ts';
import type { UserAgentHandlers } from './session.ts';
import { answeredCall, OFFER, RawPeer, rawScene, TestAgent } from './test-support.ts';

test('tells its log of a refusal that nobody has acknowledged', async (t) => {
  const logged: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    debug: (_, message) => logged.push(message),
    child: () => logger,
  };
  const clock = new FakeClock();
  const agent = await TestAgent.start({ clock, logger });
  t.after(() => agent.close());
  const raw = await RawPeer.open(agent.userAgent.udpPort);
  t.after(() => raw.close());
  raw.request({ body: OFFER });
  (await agent.session()).reject(486);
  await raw.response(486);
  clock.advance(31_999);
  assert.deepEqual(logged, []);
  clock.advance(1);
  assert.deepEqual(logged, ['SIP refusal of an INVITE was not acknowledged']);
});

describe('a user agent on the wire', () => {
  let verdict: ReturnType<UserAgentHandlers['admit']>;
  const scene = rawScene({
    admit: () => verdict,
    onInvite: (session) => {
      if (session.request.rawUri.includes('fail')) throw new Error('owner failed');
      scene.agent.keep(session);
    },
  });
  beforeEach(() => {
    verdict = 'accept';
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
      const before = scene.raw.responses(status).length;
      scene.raw.request({ ...fields, branch: `z9hG4bKcase${index}`, callId: `case-${index}` });
      const response = await scene.raw.response(status, before);
      if (header) assert.match(headerValue(response, header[0]) ?? '', header[1]);
    }
  });

  it('answers 415 with Accept to a body that is not SDP, and reads SDP out of a multipart body', async () => {
    const text = scene.raw.requestText({ body: 'hello' }).replace('application/sdp', 'text/plain');
    scene.raw.send(text);
    assert.equal(headerValue(await scene.raw.response(415), 'Accept'), 'application/sdp');
    const parts = `--b1\r\nContent-Type: application/isup\r\n\r\nxx\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n${OFFER}\r\n--b1--\r\n`;
    const multipart = scene.raw
      .requestText({ body: parts, branch: 'z9hG4bKmp', callId: 'mp' })
      .replace(
        'Content-Type: application/sdp\r\nContent-Length',
        'Content-Type: multipart/mixed;boundary=b1\r\nContent-Length',
      );
    scene.raw.send(multipart);
    assert.equal((await scene.agent.session()).offer, OFFER);
  });

  it('answers 400 to what is malformed but readable, 505 to another version, and nothing to noise', async () => {
    scene.raw.send(scene.raw.requestText().replace('Max-Forwards: 70', 'Max-Forwards: many'));
    await scene.raw.response(400);
    scene.raw.send(scene.raw.requestText({ branch: 'z9hG4bKv' }).replace('SIP/2.0\r\n', 'SIP/3.0\r\n'));
    await scene.raw.response(505);
    for (const noise of ['\r\n\r\n', 'hello', 'INVITE sip:x SIP/2.0\r\n\r\n', '\0'.repeat(4000)])
      scene.raw.send(noise);
    scene.raw.send(
      scene.raw.requestText({ method: 'ACK', toTag: 'x' }).replace('CSeq: 1 ACK', 'CSeq: x ACK'),
    );
    scene.raw.request({ method: 'OPTIONS', branch: 'z9hG4bKafter' });
    await scene.raw.response(200);
    assert.equal(scene.raw.received.length, 3);
  });

  it('makes nothing of a request that its owner drops, and sheds with 503 and Retry-After', async () => {
    verdict = 'drop';
    scene.raw.request({ body: OFFER });
    scene.raw.send(scene.raw.requestText({ method: 'OPTIONS' }).replace('CSeq: 1', 'CSeq: x'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(scene.raw.received.length, 0);
    verdict = 'shed';
    for (const method of ['INVITE', 'OPTIONS']) {
      scene.raw.request({ method, branch: `z9hG4bK${method}` });
    }
    assert.match(headerValue(await scene.raw.response(503), 'Retry-After') ?? '', /^\d+$/);
    await scene.raw.response(503, 1);
    assert.equal(scene.agent.userAgent.sessionCount, 0);
  });

  it('answers 482 to the same request that came on another path', async () => {
    scene.raw.request({ body: OFFER });
    await scene.agent.session();
    scene.raw.request({ body: OFFER, branch: 'z9hG4bKother' });
    await scene.raw.response(482);
    assert.equal(scene.agent.sessions.length, 1);
  });

  it('answers 500 to a CSeq that is not new, and to a re-INVITE before its answer, with Retry-After', async () => {
    scene.raw.request({ body: OFFER, cseq: 7 });
    const session = await scene.agent.session();
    session.ring();
    const toTag = tagOf(headerValue(await scene.raw.response(180), 'To')) ?? '';
    scene.raw.request({ method: 'INFO', cseq: 6, branch: 'z9hG4bKold', toTag });
    await scene.raw.response(500);
    scene.raw.request({ cseq: 8, branch: 'z9hG4bKre', toTag, body: OFFER });
    assert.match(headerValue(await scene.raw.response(500, 1), 'Retry-After') ?? '', /^\d+$/);
  });

  it('answers 500 where its owner fails, and goes on', async () => {
    scene.raw.request({ uri: 'sip:fail@127.0.0.1', body: OFFER, branch: 'z9hG4bKfail', callId: 'fail' });
    await scene.raw.response(500);
    assert.equal(scene.agent.userAgent.sessionCount, 0);
    const { session, toTag } = await answeredCall(scene);
    session.onOffer = () => {
      throw new TypeError('owner failed');
    };
    scene.raw.request({ branch: 'z9hG4bKre', cseq: 2, toTag, body: OFFER });
    await scene.raw.response(500, 1);
    assert.equal(scene.agent.userAgent.sessionCount, 1);
  });
});
