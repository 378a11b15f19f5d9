import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callTool } from '../../../test/support/fake-conversation.ts';
import { agentRoute, BRAIN, DESK, setUpSession } from '../../../test/support/fake-session.ts';
import {
  advance,
  FakeBrain,
  FakeSynthesizer,
  FakeTranscriber,
  fakeVad,
} from '../../../test/support/fake-voice.ts';
import { FakeClock } from '../../lib/fake-clock.ts';

const tools = [
  { type: 'addToConference', destinations: [{ ...DESK, message: '' }], settings: {} },
  { type: 'setHold', settings: {} },
];

/** A caller whose agent has called somebody in, and talks to him. */
async function briefing() {
  const clock = new FakeClock(1_700_000_000_000);
  const brain = new FakeBrain({
    clock,
    answers: [
      [callTool('addToConference', { destination: DESK.sipUri })],
      'A caller has lost his bread.',
      [callTool('setHold', {}, 'c2')],
    ],
    otherwise: 'I am here.',
  });
  const voice = new FakeSynthesizer({ clock });
  const brainSettings = { ...BRAIN, tools };
  const scene = setUpSession(
    {},
    {
      voice: () => ({
        transcriber: new FakeTranscriber({ clock, texts: ['Bring him in.'] }),
        synthesizer: voice,
        brain,
        brainSettings,
        vad: fakeVad,
        warnings: [],
      }),
    },
    clock,
  );
  const { session, operators, leg } = scene;
  const running = session.run(async () =>
    agentRoute({
      brain: brainSettings,
      firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
    }),
  );
  await advance(clock, 500);
  const guest = operators[0] ?? assert.fail('nobody was called');
  guest.pickUp();
  await advance(clock, 200);
  return { ...scene, clock, voice, brain, guest, leg, running, run: (ms: number) => advance(clock, ms) };
}

const types = (lines: { type: string }[]) => lines.map(({ type }) => type);

describe('a caller who waits while the agent talks to whoever was called in', () => {
  test('hears music, and neither hears the two nor is heard', async () => {
    const { leg, guest, voice, lines, brain, clock, run, running } = await briefing();
    assert.deepEqual(voice.spoken, ['A caller has lost his bread.']);
    assert.ok(guest.line.sounding, 'the guest is told');
    assert.deepEqual([...leg.line.bridgedTo], []);
    const { relayed } = leg.line;
    await run(2_000);
    assert.ok(leg.line.relayed > relayed, 'the caller hears music');
    assert.equal(guest.line.relayed, 0, 'and nobody else');
    leg.line.speak(400);
    await run(2_000);
    assert.equal(brain.requests.length, 2, 'what the caller says meanwhile is no turn');
    assert.ok(types(lines).includes('conference.briefed'));
    leg.leave();
    await run(2_000);
    await running;
    assert.ok(guest.log.includes('hangup'), 'who was called in goes with the caller');
    guest.line.close();
    leg.line.close();
    assert.equal(clock.pendingCount, 0);
  });

  test('is brought to them when the agent takes him off hold', async () => {
    const { leg, guest, lines, session, run, running, endOf } = await briefing();
    assert.deepEqual(await session.transfer(DESK, 'control'), {
      moved: false,
      error: 'sip:desk@example.com hears you alone, and the caller waits: take the caller off hold first.',
    });
    await run(2_000);
    guest.line.speak(400);
    await run(2_000);
    assert.deepEqual([...leg.line.bridgedTo], [guest.line]);
    assert.ok(types(lines).includes('conference.joined'));
    const { relayed } = leg.line;
    await run(1_000);
    assert.equal(leg.line.relayed, relayed, 'the music is over');
    guest.leave();
    await run(20);
    assert.deepEqual([...leg.line.bridgedTo], []);
    assert.equal(endOf(), undefined, 'the agent has the caller again');
    leg.leave();
    await run(2_000);
    await running;
    assert.equal(endOf()?.reason, 'customer-ended-call');
  });

  test('and has a guest with him already hears him meanwhile, and music once that one has left', async () => {
    const { leg, guest, session, operators, run, running } = await briefing();
    await run(2_000);
    guest.line.speak(400);
    await run(2_000);
    const second = { type: 'sip', sipUri: 'sip:second@example.com' } as const;
    const manner = { waiting: 'music', agentStays: true, callerWaits: true } as const;
    const moved = session.transfer(second, 'agent', manner);
    await run(500);
    operators[1]?.pickUp();
    await run(500);
    assert.deepEqual(await moved, { moved: false, joined: true, callerWaits: true });
    const { relayed } = leg.line;
    await run(1_000);
    assert.equal(leg.line.relayed, relayed, 'he talks to the first guest');
    assert.deepEqual([...leg.line.bridgedTo], [guest.line]);
    guest.leave();
    await run(1_000);
    assert.ok(leg.line.relayed > relayed, 'left alone he waits to music');
    leg.leave();
    await run(2_000);
    await running;
    assert.ok(operators.every(({ log }) => log.includes('hangup')));
  });

  test('may put his own telephone on hold: the agent rests only once it has him back', async (t) => {
    const { session, leg, guest, brain, lines, run, running } = await briefing();
    const hold = t.mock.method(session.voice, 'hold');
    const rests = () => hold.mock.calls.at(-1)?.arguments[0];
    await run(2_000);
    leg.held.emit(true);
    guest.line.speak(400);
    await run(2_000);
    assert.equal(brain.requests.length, 3, 'the guest is heard');
    assert.ok(types(lines).includes('conference.joined'), 'and the agent does what he asked for');
    assert.equal(rests(), true);
    leg.held.emit(false);
    assert.equal(rests(), false);
    leg.leave();
    await run(2_000);
    await running;
  });

  test('and is on hold still when the guest leaves is not spoken to before he is back', async (t) => {
    const { session, leg, guest, brain, lines, run, running } = await briefing();
    const hold = t.mock.method(session.voice, 'hold');
    await run(2_000);
    leg.held.emit(true);
    assert.equal(hold.mock.calls.at(-1)?.arguments[0], false);
    guest.leave();
    await run(500);
    assert.equal(hold.mock.calls.at(-1)?.arguments[0], true);
    assert.ok(types(lines).includes('conference.left'));
    assert.equal(brain.requests.length, 2, 'the agent is told nothing that is not so yet');
    leg.held.emit(false);
    await run(500);
    assert.equal(brain.requests.length, 3);
    assert.match(brain.requests.at(-1)?.messages.at(-1)?.content ?? '', /hung up.*hears you again/);
    leg.held.emit(true);
    leg.held.emit(false);
    await run(500);
    assert.equal(brain.requests.length, 3, 'it is told once');
    leg.leave();
    await run(2_000);
    await running;
  });

  test('and is on hold still when another guest is called in is not said to be back when he takes the call back', async () => {
    const { session, leg, guest, operators, brain, run, running } = await briefing();
    await run(2_000);
    leg.held.emit(true);
    guest.leave();
    await run(500);
    const second = { type: 'sip', sipUri: 'sip:second@example.com' } as const;
    const moved = session.transfer(second, 'agent', {
      waiting: 'music',
      agentStays: true,
      callerWaits: true,
    });
    await run(500);
    operators[1]?.pickUp();
    await run(500);
    assert.deepEqual(await moved, { moved: false, joined: true, callerWaits: true });
    leg.held.emit(false);
    await run(500);
    assert.equal(brain.requests.length, 2, 'the second guest hears the agent, and not the caller');
    leg.leave();
    await run(2_000);
    await running;
  });

  const departures: [string, (guest: Awaited<ReturnType<typeof briefing>>['guest']) => void][] = [
    ['hangs up', (guest) => guest.leave()],
    ['has a dead line', (guest) => guest.line.silence.emit({ sinceMs: 15_000 })],
  ];
  for (const [how, go] of departures)
    test(`is with the agent again when whoever was called in ${how}, and the agent knows it`, async () => {
      const { leg, guest, voice, brain, lines, run, running, endOf } = await briefing();
      await run(2_000);
      go(guest);
      await run(500);
      assert.match(brain.requests.at(-1)?.messages.at(-1)?.content ?? '', /hung up/);
      assert.ok(types(lines).includes('conference.left'));
      assert.ok(guest.log.includes('hangup'));
      assert.equal(endOf(), undefined);
      assert.equal(voice.spoken.length, 1, 'the third answer of the model is the tool');
      leg.leave();
      await run(2_000);
      await running;
    });
});
