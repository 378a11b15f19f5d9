import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { agentRoute, BRAIN, BROKEN, DESK, setUpSession } from '../../../test/support/fake-session.ts';
import { advance, fakeAgent } from '../../../test/support/fake-voice.ts';
import type { Route } from '../routing/route.ts';

const toDesk: Route = {
  kind: 'transfer',
  destination: DESK,
  by: 'fallback',
  reason: 'assistant-request-failed',
  why: 'the fallback takes the call',
  otherwise: (outcome) => ({
    kind: 'apologise',
    reason: 'call.forwarding.operator-busy',
    why: `it was ${outcome}`,
  }),
};

describe('a call that goes to somebody else before it is answered', () => {
  test('rings until the far end answers, is joined to it, and keeps the reason of its stage', async () => {
    const { session, leg, operators, clock, endOf, recorder } = setUpSession();
    const running = session.run(async () => toDesk);
    await advance(clock, 2_000);
    assert.deepEqual(leg.log, ['ring'], 'the caller is not answered before the far end is');
    assert.equal(recorder.call.status, 'forwarding');
    operators[0]?.pickUp();
    await advance(clock, 20);
    assert.deepEqual(leg.log, ['ring', 'answer']);
    assert.deepEqual([...leg.line.bridgedTo], [operators[0]?.media], 'the two hear each other');
    operators[0]?.leave();
    await advance(clock, 20);
    await running;
    assert.equal(endOf()?.reason, 'assistant-request-failed');
    const [transfer] = recorder.call.transfers ?? [];
    assert.equal(transfer?.outcome, 'connected');
    assert.ok(transfer?.endedAt);
    assert.ok(leg.log.includes('hangup') && operators[0]?.log.includes('hangup'), 'both are hung up');
  });

  test('goes where the route says when the far end is busy', async () => {
    const { session, operators, clock, voice, endOf, recorder } = setUpSession();
    const running = session.run(async () => toDesk);
    await advance(clock, 100);
    operators[0]?.refuse();
    await advance(clock, 10_000);
    await running;
    assert.match(voice.spoken[0] ?? '', /nobody can take your call/);
    assert.equal(endOf()?.reason, 'call.forwarding.operator-busy');
    assert.equal(recorder.call.transfers?.[0]?.outcome, 'busy');
  });

  test('takes the far end back when the caller gives up', async () => {
    const { session, leg, operators, clock, endOf } = setUpSession();
    const running = session.run(async () => toDesk);
    await advance(clock, 100);
    leg.leave({ cancelled: true });
    await advance(clock, 20);
    await running;
    assert.ok(operators[0]?.log.includes('hangup'));
    assert.equal(endOf()?.reason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
  });

  test('hears an explicit message first, then our own ringing, since its network rings no more', async () => {
    const { session, leg, voice, operators, clock } = setUpSession();
    const route: Route = { ...toDesk, destination: { ...DESK, message: 'One moment.' } } as Route;
    const running = session.run(async () => route);
    await advance(clock, 3_000);
    assert.deepEqual(leg.log, ['ring', 'early media']);
    assert.deepEqual(voice.spoken, ['One moment.']);
    assert.ok(leg.line.relayed > 0, 'ringback');
    operators[0]?.pickUp();
    await advance(clock, 20);
    leg.leave();
    await advance(clock, 20);
    await running;
  });
});

describe('an answered caller', () => {
  test('is brought to somebody else, and the agent leaves', async () => {
    const { session, leg, operators, clock, endOf } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.transfer(DESK, 'agent');
    await advance(clock, 500);
    operators[0]?.pickUp();
    await advance(clock, 20);
    assert.deepEqual(await moved, { moved: true });
    leg.leave();
    await advance(clock, 2_000);
    await running;
    assert.equal(endOf()?.reason, 'assistant-forwarded-call');
  });

  test('stays with the agent when nobody answers there', async () => {
    const { session, leg, operators, clock, endOf, recorder } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.transfer(DESK, 'agent');
    await advance(clock, 500);
    operators[0]?.refuse();
    await advance(clock, 20);
    assert.deepEqual(await moved, { moved: false, error: 'The transfer failed (busy): SIP 486' });
    assert.equal(recorder.call.status, 'in-progress');
    assert.equal(endOf(), undefined);
    leg.leave();
    await advance(clock, 2_000);
    await running;
    assert.equal(endOf()?.reason, 'customer-ended-call');
  });

  test('who hangs up while the far end rings leaves no leg behind', async () => {
    const { session, leg, operators, clock, endOf } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.transfer(DESK, 'agent');
    await advance(clock, 500);
    leg.leave();
    await advance(clock, 2_000);
    await running;
    assert.equal((await moved).moved, false);
    assert.ok(operators[0]?.log.includes('hangup'));
    assert.equal(endOf()?.reason, 'customer-ended-call');
  });

  test('whom somebody joins stays with the agent, also when that one leaves, and is not transferred meanwhile', async () => {
    const { session, leg, operators, clock, lines, endOf, recorder } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const manner = { waiting: 'music', agentStays: true } as const;
    const moved = session.transfer(DESK, 'agent', manner);
    await advance(clock, 500);
    operators[0]?.pickUp();
    await advance(clock, 20);
    assert.deepEqual(await moved, { moved: false, joined: true });
    assert.deepEqual([...leg.line.bridgedTo], [operators[0]?.media]);
    assert.equal(recorder.call.status, 'in-progress');
    assert.ok(session.conversation, 'the agent is there');
    assert.deepEqual(await session.transfer(DESK, 'agent'), {
      moved: false,
      error:
        'The caller is in a conference with sip:desk@example.com, and cannot be transferred until they have left.',
    });
    operators[0]?.leave();
    await advance(clock, 20);
    assert.deepEqual([...leg.line.bridgedTo], []);
    assert.ok(lines.some(({ type }) => type === 'conference.left'));
    assert.equal(endOf(), undefined);
    void session.transfer(DESK, 'agent', manner);
    await advance(clock, 500);
    operators[1]?.pickUp();
    await advance(clock, 20);
    leg.leave();
    await advance(clock, 2_000);
    await running;
    assert.equal(endOf()?.reason, 'customer-ended-call');
    assert.ok(operators[1]?.log.includes('hangup'), 'the one who joined is hung up on');
  });

  test('has several called in, up to eight and each once: all are joined to each other, and each leaves alone', async () => {
    const { session, leg, operators, clock, lines } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const guest = (index: number) => ({ type: 'sip', sipUri: `sip:guest-${index}@example.com` }) as const;
    const call = (index: number) =>
      session.transfer(guest(index), 'agent', { waiting: 'music', agentStays: true });
    const callIn = async (index: number) => {
      const moved = call(index);
      await advance(clock, 100);
      operators[index]?.pickUp();
      await advance(clock, 20);
      assert.deepEqual(await moved, { moved: false, joined: true });
    };
    for (let index = 0; index < 3; index += 1) await callIn(index);
    const [first, second, third] = operators;
    assert.deepEqual([...leg.line.bridgedTo], [first?.media, second?.media, third?.media]);
    assert.deepEqual([...(first?.line.bridgedTo ?? [])], [second?.media, third?.media]);
    assert.deepEqual([...(second?.line.bridgedTo ?? [])], [third?.media]);
    assert.deepEqual(await call(1), {
      moved: false,
      error: 'sip:guest-1@example.com is in this call already.',
    });
    second?.leave();
    await advance(clock, 20);
    assert.deepEqual([...leg.line.bridgedTo], [first?.media, third?.media]);
    assert.deepEqual([...(first?.line.bridgedTo ?? [])], [third?.media]);
    assert.deepEqual([...(second?.line.bridgedTo ?? [])], []);
    assert.equal(lines.filter(({ type }) => type === 'conference.left').length, 1);
    for (let index = 3; index < 9; index += 1) await callIn(index);
    assert.deepEqual(await call(9), {
      moved: false,
      error: 'There are 8 guests in this call: nobody else can be called into it.',
    });
    leg.leave();
    await advance(clock, 2_000);
    await running;
    assert.ok(operators.every(({ log }) => log.includes('hangup')));
  });

  test('hears no music while others talk on: neither for a guest who is called nor for one who holds the call', async () => {
    const { session, leg, operators, clock } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    for (const index of [0, 1]) {
      const to = { type: 'sip', sipUri: `sip:guest-${index}@example.com` } as const;
      const { relayed } = leg.line;
      const moved = session.transfer(to, 'agent', { waiting: 'music', agentStays: true });
      await advance(clock, 500);
      assert.equal(leg.line.relayed > relayed, index === 0, 'who is alone waits to music');
      operators[index]?.pickUp();
      await advance(clock, 20);
      await moved;
    }
    await advance(clock, 1_000);
    const before = leg.line.relayed;
    operators[0]?.held.emit(true);
    await advance(clock, 1_000);
    assert.equal(leg.line.relayed, before);
    operators[0]?.leave();
    await advance(clock, 20);
    operators[1]?.held.emit(true);
    await advance(clock, 1_000);
    assert.ok(leg.line.relayed > before, 'one who is left alone hears music');
    leg.leave();
    await advance(clock, 2_000);
    await running;
  });

  test('whose guest has a dead line is alone with the agent, and that line is hung up', async () => {
    const { session, leg, operators, clock, lines } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.transfer(DESK, 'agent', { waiting: 'music', agentStays: true });
    await advance(clock, 100);
    operators[0]?.pickUp();
    await advance(clock, 20);
    await moved;
    operators[0]?.line.silence.emit({ sinceMs: 15_000 });
    await advance(clock, 20);
    assert.ok(lines.some(({ type }) => type === 'conference.left'));
    assert.ok(operators[0]?.log.includes('hangup'));
    leg.leave();
    await advance(clock, 2_000);
    await running;
  });
});

describe('a handoff', () => {
  const toAgent = (name: string) => ({
    type: 'agent' as const,
    agent: fakeAgent({ name, brain: BRAIN, firstMessage: 'Now I speak.' }),
    settings: {},
  });

  test('lets the next agent go on, in the record and to the customer', async () => {
    const { session, leg, clock, told, voice, recorder } = setUpSession();
    const running = session.run(async () => agentRoute({ name: 'First' }));
    await advance(clock, 20);
    assert.deepEqual(await session.moveTo(toAgent('Second')), { moved: true });
    await advance(clock, 2_000);
    assert.equal(recorder.call.agent?.name, 'Second');
    assert.ok(voice.spoken.includes('Now I speak.'));
    assert.ok(told.some(({ type }) => type === 'agent-handed-off'));
    leg.leave();
    await advance(clock, 2_000);
    await running;
  });

  test('to an agent that cannot begin ends the call instead of leaving the caller in silence', async () => {
    const { session, clock, endOf } = setUpSession();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    await session.moveTo(toAgent(BROKEN));
    await advance(clock, 2_000);
    await running;
    assert.equal(endOf()?.reason, 'call.in-progress.error-vapifault-worker-not-available');
    assert.match(String(endOf()?.message), /no such voice/);
  });
});
