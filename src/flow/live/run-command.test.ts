import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Conversation } from '../../voice/engine/conversation.ts';
import type { MoveResult } from '../../voice/tools/contract.ts';
import type { ControlCommand } from './control-command.ts';
import { type ControlTarget, runCommand } from './run-command.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const OPERATOR = { type: 'sip' as const, sipUri: 'sip:operator@host.example' };

/** A call that notes in order what is done to it. */
function target(options: { moved?: MoveResult; say?: () => Promise<void>; language?: string } = {}) {
  const done: unknown[] = [];
  const conversation: Conversation = {
    events: new Emitter(),
    start: async () => {},
    say: async (text) => {
      done.push(['say', text]);
      await options.say?.();
    },
    sayFirstMessage: async () => {
      done.push(['first message']);
    },
    addMessage: (message, respond) => done.push(['message', message, respond]),
    mute: (muted) => done.push(['mute', muted]),
    release: async () => [],
    hold: () => {},
    close: async () => {},
  };
  const lines: [string, object][] = [];
  const it: ControlTarget = {
    conversation,
    language: options.language,
    moveTo: async (destination) => {
      done.push(['move', destination]);
      return options.moved ?? { moved: true };
    },
    end: (reason) => done.push(['end', reason]),
    record: (type, data) => lines.push([type, data]),
  };
  return { target: it, done, lines };
}

describe('a command to a live call', () => {
  for (const [command, expected] of [
    [{ type: 'say', content: 'Hello.', endCallAfterSpoken: false }, [['say', 'Hello.']]],
    [
      { type: 'add-message', message: { role: 'system', content: 'Be brief.' }, respond: false },
      [['message', { role: 'system', content: 'Be brief.' }, false]],
    ],
    [{ type: 'mute', muted: true }, [['mute', true]]],
    [{ type: 'mute', muted: false }, [['mute', false]]],
    [{ type: 'say-first-message' }, [['first message']]],
    [{ type: 'end-call' }, [['end', 'manually-canceled']]],
    [
      { type: 'move', destination: OPERATOR, content: 'One moment.' },
      [
        ['say', 'One moment.'],
        ['move', OPERATOR],
      ],
    ],
    [{ type: 'move', destination: OPERATOR, content: '' }, [['move', OPERATOR]]],
  ] as [ControlCommand, unknown[]][])
    it(`is carried out: ${JSON.stringify(command)}`, async () => {
      const { target: call, done, lines } = target();
      runCommand(command, call);
      await settle();
      assert.deepEqual(done, expected);
      assert.deepEqual(
        lines.map(([type, data]) => [type, (data as { type?: string }).type]),
        [['control.received', command.type]],
      );
    });

  it('ends the call after a sentence only once that was heard', async () => {
    const heard = Promise.withResolvers<void>();
    const { target: call, done } = target({ say: () => heard.promise });
    runCommand({ type: 'say', content: 'Bye.', endCallAfterSpoken: true }, call);
    await settle();
    assert.deepEqual(done, [['say', 'Bye.']]);
    heard.resolve();
    await settle();
    assert.deepEqual(done.at(-1), ['end', 'assistant-ended-call-after-message-spoken']);
  });

  it("speaks what the destination says, in the agent's language, else that the call is transferred", async () => {
    const contents = [
      { language: 'en', text: 'One moment.' },
      { language: 'es', text: 'Un momento.' },
    ];
    for (const [message, language, spoken] of [
      ['Wait.', undefined, 'Wait.'],
      [{ content: 'Hold.', contents }, 'es-MX', 'Un momento.'],
      [{ contents }, undefined, 'One moment.'],
      [{ content: 'Hold.' }, 'de', 'Hold.'],
      [undefined, undefined, 'Transferring the call now.'],
      [undefined, 'de', 'Ich verbinde Sie jetzt.'],
      ['', undefined, undefined],
    ] as const) {
      const { target: call, done } = target(language ? { language } : {});
      const destination = { ...OPERATOR, ...(message !== undefined && { message }) };
      runCommand({ type: 'move', destination: destination as TransferDestination }, call);
      await settle();
      assert.deepEqual(
        done.filter((each) => (each as string[])[0] === 'say'),
        spoken === undefined ? [] : [['say', spoken]],
      );
    }
  });

  it('that comes to nothing is told in the timeline', async () => {
    const busy = target({ moved: { moved: false, error: 'busy' } });
    runCommand({ type: 'move', destination: OPERATOR, content: '' }, busy.target);
    const broken = target({ say: async () => Promise.reject(new Error('no voice')) });
    runCommand({ type: 'say', content: 'Hello.', endCallAfterSpoken: true }, broken.target);
    await settle();
    assert.deepEqual(busy.lines[1], ['agent.warned', { code: 'control-failed', message: 'busy' }]);
    assert.deepEqual(broken.lines[1], ['agent.warned', { code: 'control-failed', message: 'no voice' }]);
    assert.deepEqual(broken.done, [['say', 'Hello.']]);
  });

  it('that needs an agent is refused while none is on the line; the call can be ended all the same', () => {
    const { target: call, done, lines } = target();
    const alone = { ...call, conversation: undefined };
    assert.throws(() => runCommand({ type: 'say-first-message' }, alone), { code: 'agent-absent' });
    assert.deepEqual(lines, []);
    runCommand({ type: 'end-call' }, alone);
    assert.deepEqual(done, [['end', 'manually-canceled']]);
  });

  it('to hand over says nothing of its own, and leaves no transient agent, which may hold keys, in the timeline', async () => {
    const { target: call, done, lines } = target();
    const agent = { name: 'Secret agent', vendorKeys: {} } as never;
    const destination = { type: 'agent' as const, agentName: 'Sales', agent, settings: {} };
    runCommand({ type: 'move', destination }, call);
    assert.deepEqual(lines[0]?.[1], { type: 'move', to: 'agent', agentName: 'Sales' });
    await settle();
    assert.deepEqual(done, [['move', destination]]);
  });
});
