import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeOperator } from '../../../test/support/fake-leg.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { AttemptEnd } from './attempt.ts';
import { CallerMove } from './caller-move.ts';
import type { WordsScene } from './operator-words.ts';
import type { Transfers } from './transfers.ts';

const HOLD_AUDIO = 'https://customer.example/hold.wav';
const DESK: TransferDestination = { type: 'sip', sipUri: 'sip:desk@example.com' };
const DESK_WITH_AUDIO: TransferDestination = {
  ...DESK,
  transferPlan: { mode: 'blind-transfer', sipVerb: 'dial', holdAudioUrl: HOLD_AUDIO },
};

/** A caller who is brought to somebody, until `reached` says what came of it. */
function setUp(loadAudio: (url: string) => Promise<Int16Array>) {
  const clock = new FakeClock();
  const caller = new FakeOperator(clock);
  const operator = new FakeOperator(clock);
  const reached = Promise.withResolvers<AttemptEnd>();
  const warnings: string[] = [];
  const joined: unknown[] = [];
  const steps: string[] = [];
  const move = new CallerMove({
    transfers: { reach: () => reached.promise } as unknown as Transfers,
    media: () => caller.media,
    audio: { load: loadAudio },
    clock,
    signal: new AbortController().signal,
    refusal: () => undefined,
    hasCompany: () => false,
    hold: async (held) => void steps.push(held ? 'held' : 'taken back'),
    join: (leg) => joined.push(leg),
    confer: () => void steps.push('joined'),
    leave: () => assert.fail('the caller stays'),
    wordsScene: () => ({ warn: (message: string) => warnings.push(message) }) as unknown as WordsScene,
  });
  const arrive = () => reached.resolve({ kind: 'reached', operator: operator.asOutbound() } as AttemptEnd);
  return { move, clock, line: caller.line, warnings, joined, steps, arrive };
}

describe('a caller who waits for somebody', () => {
  test('hears the hold audio of the first destination that has one, until he is joined', async () => {
    const asked: string[] = [];
    const { move, clock, line, warnings, joined, arrive } = setUp(async (url) => {
      asked.push(url);
      return new Int16Array(800).fill(1);
    });
    const moved = move.move([DESK, DESK_WITH_AUDIO], 'agent');
    await turn();
    clock.advance(500);
    assert.deepEqual(asked, [HOLD_AUDIO]);
    assert.ok(line.relayed > 0, 'the line sounds');
    arrive();
    assert.deepEqual(await moved, { moved: true });
    const relayed = line.relayed;
    clock.advance(2_000);
    assert.equal(line.relayed, relayed, 'nothing sounds after the join');
    assert.deepEqual([joined.length, warnings], [1, []]);
  });

  test('hears music where the audio cannot be had, and the timeline tells why', async () => {
    const { move, clock, line, warnings, arrive } = setUp(async () => {
      throw new Error('its server answered 404');
    });
    const moved = move.move([DESK_WITH_AUDIO], 'agent');
    await turn();
    clock.advance(100);
    assert.ok(line.relayed > 0, 'the line sounds');
    assert.deepEqual(warnings, [`${HOLD_AUDIO} is not played: its server answered 404`]);
    arrive();
    await moved;
  });

  test('hears ringing or music of ours where no destination has audio, and nothing is fetched', async () => {
    const { move, clock, line, arrive } = setUp(async () => assert.fail('nothing is fetched'));
    const moved = move.move([DESK], 'agent');
    await turn();
    clock.advance(100);
    assert.ok(line.relayed > 0, 'the line sounds');
    arrive();
    await moved;
  });
});

test('whoever joins a caller and his agent is with him before the agent goes on', async () => {
  const { move, joined, steps, arrive } = setUp(async () => assert.fail('nothing is fetched'));
  const moved = move.move([DESK], 'agent', { waiting: 'music', agentStays: true });
  await turn();
  arrive();
  assert.deepEqual(await moved, { moved: false, joined: true });
  assert.deepEqual(steps, ['held', 'joined', 'taken back']);
  assert.deepEqual(joined, [], 'the agent does not leave');
});
