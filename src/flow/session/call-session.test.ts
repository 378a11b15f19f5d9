import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { agentRoute, DESK, setUpSession } from '../../../test/support/fake-session.ts';
import { advance } from '../../../test/support/fake-voice.ts';

describe('a call that an agent answers', () => {
  test('ends once, whoever asks first', async () => {
    const { session, leg, clock, lines, endOf } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    void session.end('silence-timed-out');
    leg.leave();
    await advance(clock, 20);
    await running;
    assert.deepEqual(endOf(), { reason: 'silence-timed-out', blame: 'none' });
    assert.equal(lines.filter(({ type }) => type === 'call.ended').length, 1);
    assert.equal(leg.log.filter((step) => step === 'hangup').length, 1);
  });

  test('has its end stored and its line hung up whatever else fails on the way', async () => {
    const { session, leg, clock, endOf } = setUpSession({
      stats: new Error('media'),
      hangup: new Error('sip'),
    });
    leg.line.clearFault = 'fails';
    const running = session.run(async () => agentRoute({ firstMessage: 'A long greeting.' }));
    await advance(clock, 20);
    leg.leave();
    await advance(clock, 3_000);
    await running;
    assert.equal(endOf()?.reason, 'customer-ended-call');
    assert.ok(leg.log.includes('hangup'));
  });

  test('rings until it is known what the prompt wants to know, and is answered all the same when that fails', async () => {
    const asked: string[] = [];
    const { session, leg, clock, lines, recorder } = setUpSession(
      {},
      {
        fetch: async (url) => {
          asked.push(String(url));
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 1_000));
          throw new Error('refused');
        },
      },
    );
    const running = session.run(async () => agentRoute({ contextEndpoint: 'https://customer.example/' }));
    await advance(clock, 900);
    assert.equal(asked.length, 1);
    assert.equal(recorder.call.status, 'ringing');
    await advance(clock, 300);
    assert.equal(recorder.call.status, 'in-progress');
    assert.equal(lines.find(({ type }) => type === 'server.asked')?.data.error, 'refused');
    leg.leave();
    await advance(clock, 100);
    await running;
  });

  test('says at its end whether the caller asked not to be called, where that was listened for', async () => {
    for (const [agent, expected] of [
      [{ doNotCallDetection: true }, false],
      [{}, undefined],
    ] as const) {
      const { session, leg, clock, recorder } = setUpSession();
      const running = session.run(async () => agentRoute(agent));
      await advance(clock, 20);
      leg.leave();
      await advance(clock, 20);
      await running;
      assert.equal(recorder.call.doNotCall, expected);
    }
  });

  test('is given up after 30 s without a packet, unless it is on hold', async () => {
    const { session, leg, clock, endOf } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    leg.held.emit(true);
    leg.line.silence.emit({ sinceMs: 60_000 });
    await advance(clock, 10);
    assert.equal(endOf(), undefined);
    leg.held.emit(false);
    leg.line.silence.emit({ sinceMs: 20_000 });
    await advance(clock, 10);
    assert.equal(endOf(), undefined, 'before the first packet 20 s are not too long');
    leg.line.silence.emit({ sinceMs: 30_000 });
    await advance(clock, 10);
    await running;
    assert.equal(endOf()?.reason, 'call.in-progress.error-assistant-did-not-receive-customer-audio');
  });

  test('has failed to connect when its answer is never confirmed', async () => {
    const { session, endOf } = setUpSession({ answer: new Error('no ACK') });
    await session.run(async () => agentRoute());
    assert.equal(endOf()?.reason, 'call.ringing.error-sip-inbound-call-failed-to-connect');
  });

  test('ends at its longest duration', async () => {
    const { session, clock, endOf } = setUpSession();
    const running = session.run(async () => agentRoute({ silenceTimeoutSeconds: 3600 }));
    await advance(clock, 20);
    await advance(clock, 600_000, 1000);
    await running;
    assert.equal(endOf()?.reason, 'exceeded-max-duration');
  });

  test('tells the customer each of its states, and reports once', async () => {
    const { session, leg, clock, told } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    leg.leave();
    await advance(clock, 20);
    await running;
    assert.deepEqual(
      told.map(({ type }) => type),
      ['status-changed', 'agent-started', 'status-changed', 'call-reported'],
    );
  });
});

describe('a call whose record is not on disk yet', () => {
  const desk = { kind: 'transfer', destination: DESK, by: 'hook', reason: 'customer-ended-call' } as const;
  /** A call whose row takes as long as the test likes. */
  const setUp = () => {
    const parts = setUpSession();
    const disk = Promise.withResolvers<void>();
    parts.store.opened = disk.promise;
    parts.recorder.open([{ type: 'call.ringing', data: {} }]);
    return { ...parts, stored: disk.resolve };
  };

  test('rings at once and is answered when it is, for an agent and for a sentence', async () => {
    const sentence = { kind: 'say', sentence: 'We are closed.', reason: 'customer-ended-call' } as const;
    for (const route of [agentRoute(), { ...sentence, why: 'the test says so' }]) {
      const { session, leg, clock, recorder, stored } = setUp();
      const running = session.run(async () => route);
      await advance(clock, 2_000);
      assert.deepEqual(leg.log, ['ring']);
      assert.equal(recorder.call.status, 'ringing');
      stored();
      await advance(clock, 20);
      assert.deepEqual(leg.log, ['ring', 'answer']);
      leg.leave();
      await advance(clock, 100);
      await running;
    }
  });

  test('is answered without it after a while', async () => {
    const { session, leg, clock, stored } = setUp();
    const running = session.run(async () => agentRoute());
    await advance(clock, 4_900, 100);
    assert.deepEqual(leg.log, ['ring']);
    await advance(clock, 200, 100);
    assert.deepEqual(leg.log, ['ring', 'answer']);
    stored();
    leg.leave();
    await advance(clock, 100);
    await running;
  });

  test('is put through when it is', async () => {
    const { session, leg, clock, dialled, stored } = setUp();
    const running = session.run(async () => ({ ...desk, why: 'a hook', otherwise: () => agentRoute() }));
    await advance(clock, 2_000);
    assert.equal(dialled.length, 0);
    stored();
    await advance(clock, 20);
    assert.equal(dialled.length, 1);
    leg.leave();
    await advance(clock, 100);
    await running;
  });

  test('is neither answered nor put through once the caller has left', async () => {
    for (const route of [agentRoute(), { ...desk, why: 'a hook', otherwise: () => agentRoute() }]) {
      const { session, leg, clock, dialled, endOf, stored } = setUp();
      const running = session.run(async () => route);
      await advance(clock, 1_000);
      leg.ended.emit({ by: 'peer', cancelled: true });
      await advance(clock, 20);
      stored();
      await advance(clock, 20);
      assert.deepEqual(leg.log, ['ring', 'hangup']);
      assert.equal(dialled.length, 0);
      await running;
      assert.equal(endOf()?.reason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
    }
  });
});

describe('a call that nobody answers', () => {
  test('is refused without an answer when all lines are taken', async () => {
    const { session, leg, endOf } = setUpSession();
    const reason = 'call.start.error-subscription-concurrency-limit-reached';
    await session.run(async () => ({ kind: 'refuse', status: 486, reason, why: 'full' }));
    assert.deepEqual(leg.log, ['ring', 'reject 486', 'hangup']);
    assert.equal(endOf()?.reason, reason);
  });

  test('hears one sentence and is hung up', async () => {
    const { session, voice, leg, clock, endOf } = setUpSession();
    const running = session.run(async () => ({
      kind: 'apologise',
      reason: 'assistant-request-failed',
      why: 'the server at https://customer.example said: secret stack trace',
    }));
    await advance(clock, 10_000);
    await running;
    assert.equal(voice.spoken.length, 1);
    assert.match(voice.spoken[0] ?? '', /^I am sorry, nobody can take your call/);
    assert.equal(endOf()?.reason, 'assistant-request-failed');
    assert.match(String(endOf()?.message), /secret stack trace/, 'the record has the exact cause');
    assert.deepEqual(leg.log, ['ring', 'answer', 'hangup']);
  });

  test('who gives up while the way is sought is not answered any more', async () => {
    const { session, leg, endOf } = setUpSession();
    await session.run(async (signal) => {
      leg.leave({ cancelled: true });
      assert.equal(signal.aborted, true, 'the search is called off');
      return agentRoute();
    });
    assert.deepEqual(leg.log, ['ring', 'hangup']);
    assert.equal(endOf()?.reason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
  });
});
