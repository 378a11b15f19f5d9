import assert from 'node:assert/strict';
import type { Agent } from '../../src/domain/agents/agent.ts';
import type { CallRepository, NewCallEvent } from '../../src/domain/calls/call-repository.ts';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import type { DialRequest } from '../../src/flow/dialer.ts';
import type { Cast, CastDirectory } from '../../src/flow/routing/cast.ts';
import type { Route } from '../../src/flow/routing/route.ts';
import type { CallNotice, ServerMessages } from '../../src/flow/server-messages.ts';
import { CallRecorder } from '../../src/flow/session/call-recorder.ts';
import { CallSession } from '../../src/flow/session/call-session.ts';
import type { CallSessionOptions } from '../../src/flow/session/call-session-options.ts';
import { CallStory } from '../../src/flow/session/call-story.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { FakeLeg, FakeOperator, type LegFaults } from './fake-leg.ts';
import { FakeBrain, FakeSynthesizer, FakeTranscriber, fakeAgent, fakeVad } from './fake-voice.ts';
import { liveCall } from './sample-call.ts';

const NUMBER = { id: 'n1', orgId: 'o1', binding: {}, extras: {} } as unknown as PhoneNumber;
export const BRAIN = { provider: 'fake', messages: [], tools: [], toolIds: [], settings: {} };
export const DESK = { type: 'sip', sipUri: 'sip:desk@example.com' } as const;

/** Name of an agent whose voice cannot be made. */
export const BROKEN = 'Broken';

export const agentRoute = (agent: Partial<Agent> = {}): Route => {
  const cast: Cast = { agent: fakeAgent({ brain: BRAIN, ...agent }), variables: {}, missing: [] };
  return { kind: 'agent', cast, why: 'the test says so' };
};

/** A session over a leg, a voice and a store that the test plays; `store.opened` is how the writing of a call's row goes. */
export function setUpSession(
  faults: LegFaults = {},
  options: Partial<CallSessionOptions> = {},
  clock = new FakeClock(1_700_000_000_000),
) {
  const lines: NewCallEvent[] = [];
  const told: CallNotice[] = [];
  const call = liveCall('o1', clock.now(), { status: 'ringing' });
  const store = { opened: Promise.resolve() };
  const calls = {
    insert: () => store.opened,
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
    serverMessages: { controlsCall: () => false } as unknown as ServerMessages,
    dialer: {
      judge: async () => {},
      judgeReferral: async () => {},
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
  return { session, leg, operators, dialled, voice, clock, lines, told, endOf, recorder, store };
}
