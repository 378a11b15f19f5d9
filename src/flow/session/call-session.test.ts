import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeLeg, FakeOperator, type LegFaults } from '../../../test/support/fake-leg.ts';
import {
  advance,
  FakeBrain,
  FakeSynthesizer,
  FakeTranscriber,
  fakeAgent,
  fakeVad,
} from '../../../test/support/fake-voice.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Agent } from '../../domain/agents/agent.ts';
import type { CallRepository, NewCallEvent } from '../../domain/calls/call-repository.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { DialRequest } from '../dialer.ts';
import type { Cast, CastDirectory } from '../routing/cast.ts';
import type { Route } from '../routing/route.ts';
import type { CallNotice, ServerMessages } from '../server-messages.ts';
import { CallRecorder } from './call-recorder.ts';
import { CallSession, type CallSessionOptions } from './call-session.ts';
import { CallStory } from './call-story.ts';

const NUMBER = { id: 'n1', orgId: 'o1', binding: {}, extras: {} } as unknown as PhoneNumber;
const BRAIN = { provider: 'fake', messages: [], tools: [], toolIds: [], settings: {} };
const DESK = { type: 'sip', sipUri: 'sip:desk@example.com' } as const;

/** Name of an agent whose voice cannot be made. */
const BROKEN = 'Broken';

const agentRoute = (agent: Partial<Agent> = {}): Route => {
  const cast: Cast = { agent: fakeAgent({ brain: BRAIN, ...agent }), variables: {}, missing: [] };
  return { kind: 'agent', cast, why: 'the test says so' };
};

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

/** A session over a leg, a voice and a store that the test plays. */
function setUp(faults: LegFaults = {}, options: Partial<CallSessionOptions> = {}) {
  const clock = new FakeClock(1_700_000_000_000);
  const lines: NewCallEvent[] = [];
  const told: CallNotice[] = [];
  const call = liveCall('o1', clock.now(), { status: 'ringing' });
  const calls = {
    insert: async () => {},
    record: async (_org: string, _id: string, events: NewCallEvent[]) => {
      lines.push(...events);
      return call;
    },
    end: async (_org: string, _id: string, event: NewCallEvent) => {
      lines.push(event);
      return call;
    },
  } as unknown as CallRepository;
  const story = new CallStory(NUMBER, undefined);
  const render = (notice: CallNotice) => {
    told.push(notice);
    return [];
  };
  const recorder = new CallRecorder({ call, calls, render, clock, logger: silentLogger });
  const leg = new FakeLeg(clock, faults);
  const operators: FakeOperator[] = [];
  const dialled: DialRequest[] = [];
  const voice = new FakeSynthesizer({ clock });
  const session = new CallSession({
    leg: leg.asLeg(),
    recorder,
    story,
    voice: (agent) => {
      if (agent?.name === BROKEN) throw new Error('no such voice');
      return {
        transcriber: new FakeTranscriber({ clock }),
        synthesizer: voice,
        brain: new FakeBrain({ clock }),
        brainSettings: BRAIN,
        vad: fakeVad,
        warnings: [],
      };
    },
    directory: { withVendorKeys: async (agent: Agent) => agent } as unknown as CastDirectory,
    serverMessages: {} as ServerMessages,
    dialer: {
      judge: async () => {},
      dial: async (request) => {
        dialled.push(request);
        const operator = new FakeOperator(clock);
        operators.push(operator);
        return operator.asOutbound();
      },
    },
    knowledge: { search: async () => [] },
    fetch: async () => assert.fail('nothing is fetched'),
    audio: { load: async () => assert.fail('nothing is played') },
    recording: { path: '/recordings/a.wav', file: 'a.wav' },
    holdSound: 'ringing',
    ringDelayMs: 0,
    clock,
    logger: silentLogger,
    ...options,
  });
  const endOf = () => lines.find(({ type }) => type === 'call.ended')?.data;
  return { session, leg, operators, dialled, voice, clock, lines, told, endOf, recorder };
}

describe('a call that an agent answers', () => {
  test('ends once, whoever asks first', async () => {
    const { session, leg, clock, lines, endOf } = setUp();
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
    const { session, leg, clock, endOf } = setUp({ stats: new Error('media'), hangup: new Error('sip') });
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
    const { session, leg, clock, lines, recorder } = setUp(
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
      const { session, leg, clock, recorder } = setUp();
      const running = session.run(async () => agentRoute(agent));
      await advance(clock, 20);
      leg.leave();
      await advance(clock, 20);
      await running;
      assert.equal(recorder.call.doNotCall, expected);
    }
  });

  test('is given up after 30 s without a packet, unless it is on hold', async () => {
    const { session, leg, clock, endOf } = setUp();
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
    const { session, endOf } = setUp({ answer: new Error('no ACK') });
    await session.run(async () => agentRoute());
    assert.equal(endOf()?.reason, 'call.ringing.error-sip-inbound-call-failed-to-connect');
  });

  test('ends at its longest duration', async () => {
    const { session, clock, endOf } = setUp();
    const running = session.run(async () => agentRoute({ silenceTimeoutSeconds: 3600 }));
    await advance(clock, 20);
    await advance(clock, 600_000, 1000);
    await running;
    assert.equal(endOf()?.reason, 'exceeded-max-duration');
  });

  test('tells the customer each of its states, and reports once', async () => {
    const { session, leg, clock, told } = setUp();
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

describe('a call that nobody answers', () => {
  test('is refused without an answer when all lines are taken', async () => {
    const { session, leg, endOf } = setUp();
    const reason = 'call.start.error-subscription-concurrency-limit-reached';
    await session.run(async () => ({ kind: 'refuse', status: 486, reason, why: 'full' }));
    assert.deepEqual(leg.log, ['ring', 'reject 486', 'hangup']);
    assert.equal(endOf()?.reason, reason);
  });

  test('hears one sentence and is hung up', async () => {
    const { session, voice, leg, clock, endOf } = setUp();
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
    const { session, leg, endOf } = setUp();
    await session.run(async (signal) => {
      leg.leave({ cancelled: true });
      assert.equal(signal.aborted, true, 'the search is called off');
      return agentRoute();
    });
    assert.deepEqual(leg.log, ['ring', 'hangup']);
    assert.equal(endOf()?.reason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
  });
});

describe('a call that goes to somebody else before it is answered', () => {
  test('rings until the far end answers, is joined to it, and keeps the reason of its stage', async () => {
    const { session, leg, operators, clock, endOf, recorder } = setUp();
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
    const { session, operators, clock, voice, endOf, recorder } = setUp();
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
    const { session, leg, operators, clock, endOf } = setUp();
    const running = session.run(async () => toDesk);
    await advance(clock, 100);
    leg.leave({ cancelled: true });
    await advance(clock, 20);
    await running;
    assert.ok(operators[0]?.log.includes('hangup'));
    assert.equal(endOf()?.reason, 'call.ringing.sip-inbound-caller-hungup-before-call-connect');
  });

  test('hears an explicit message first, then our own ringing, since its network rings no more', async () => {
    const { session, leg, voice, operators, clock } = setUp();
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
    const { session, leg, operators, clock, endOf } = setUp();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.moveTo(DESK);
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
    const { session, leg, operators, clock, endOf, recorder } = setUp();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.moveTo(DESK);
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
    const { session, leg, operators, clock, endOf } = setUp();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    const moved = session.moveTo(DESK);
    await advance(clock, 500);
    leg.leave();
    await advance(clock, 2_000);
    await running;
    assert.equal((await moved).moved, false);
    assert.ok(operators[0]?.log.includes('hangup'));
    assert.equal(endOf()?.reason, 'customer-ended-call');
  });
});

describe('a handoff', () => {
  const toAgent = (name: string) => ({
    type: 'agent' as const,
    agent: fakeAgent({ name, brain: BRAIN, firstMessage: 'Now I speak.' }),
    settings: {},
  });

  test('lets the next agent go on, in the record and to the customer', async () => {
    const { session, leg, clock, told, voice, recorder } = setUp();
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
    const { session, clock, endOf } = setUp();
    const running = session.run(async () => agentRoute());
    await advance(clock, 20);
    await session.moveTo(toAgent(BROKEN));
    await advance(clock, 2_000);
    await running;
    assert.equal(endOf()?.reason, 'call.in-progress.error-vapifault-worker-not-available');
    assert.match(String(endOf()?.message), /no such voice/);
  });
});
