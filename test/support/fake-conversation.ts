import assert from 'node:assert/strict';
import type { Agent, BrainSettings } from '../../src/domain/agents/agent.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { ConversationEvent } from '../../src/voice/engine/conversation.ts';
import { createConversation } from '../../src/voice/engine/conversation-engine.ts';
import type { BrainMessage } from '../../src/voice/llm/contract.ts';
import type { VadFactory } from '../../src/voice/vad/contract.ts';
import { FakeActions, type FakeActionsOptions } from './fake-actions.ts';
import {
  advance,
  FakeBrain,
  type FakeBrainOptions,
  FakeLine,
  FakeSynthesizer,
  type FakeSynthesizerOptions,
  FakeTranscriber,
  type FakeTranscriberOptions,
  fakeAgent,
  fakeVad,
} from './fake-voice.ts';

export interface FakeConversationSetting {
  agent?: Partial<Agent>;
  brain?: Omit<FakeBrainOptions, 'clock'>;
  ears?: Omit<FakeTranscriberOptions, 'clock'>;
  voice?: Omit<FakeSynthesizerOptions, 'clock'>;
  vad?: VadFactory;
  variables?: Record<string, unknown>;
  /** Unset: the call offers nothing but the line. */
  actions?: Omit<FakeActionsOptions, 'clock'>;
  inherited?: BrainMessage[];
  turnsBefore?: number;
}

export const ORIGIN = 1_700_000_000_000;

/** A conversation between fakes on a fake clock. */
export function setUpConversation(setting: FakeConversationSetting = {}) {
  const clock = new FakeClock(ORIGIN);
  const line = new FakeLine(clock);
  const brain = new FakeBrain({ clock, ...setting.brain });
  const ears = new FakeTranscriber({ clock, ...setting.ears });
  const voice = new FakeSynthesizer({ clock, ...setting.voice });
  const actions = new FakeActions({ clock, ...setting.actions });
  const conversation = createConversation({
    agent: fakeAgent(setting.agent),
    port: line,
    transcriber: ears,
    synthesizer: voice,
    brain,
    vad: setting.vad ?? fakeVad,
    clock,
    logger: silentLogger,
    variables: setting.variables ?? {},
    context: { call: { id: 'call' } },
    ...(setting.actions && { actions }),
    ...(setting.inherited && { inherited: setting.inherited }),
    ...(setting.turnsBefore !== undefined && { turnsBefore: setting.turnsBefore }),
  });
  const events: ConversationEvent[] = [];
  conversation.events.on((event) => events.push(event));
  const pick = <T extends ConversationEvent['type']>(type: T) =>
    events.filter((event): event is Extract<ConversationEvent, { type: T }> => event.type === type);
  return {
    clock,
    line,
    brain,
    ears,
    voice,
    actions,
    conversation,
    events,
    pick,
    messages: () => pick('message').map(({ message }) => message),
    /** `role: text` of each message, with marks. */
    said: () =>
      pick('message').map(
        ({ message: { role, message, interrupted, inputMode } }) =>
          `${role}${inputMode === 'dtmf' ? ' keys' : ''}: ${message}${interrupted ? ' —' : ''}`,
      ),
    run: (ms: number) => advance(clock, ms),
    finish: () => finishWith(0),
    /** As `finish`, where an action takes so long that it outlives the conversation. */
    finishWith,
  };

  async function finishWith(actionMs: number) {
    await advance(clock, 0);
    const closing = conversation.close();
    await advance(clock, 2000);
    await closing;
    await advance(clock, actionMs, 1000);
    line.close();
    assert.equal(clock.pendingCount, 0, 'timers are left');
    assert.equal(line.audio.size + line.playout.size + line.dtmf.size, 0, 'listeners are left');
  }
}

/** Settings of a brain with nothing but what the test gives it. */
export function brainWith(settings: Partial<BrainSettings>): BrainSettings {
  return { provider: 'fake', messages: [], tools: [], toolIds: [], settings: {}, ...settings };
}
export const endCall = { type: 'endCall', settings: {} };
export const dtmf = { type: 'dtmf', settings: {} };
export const callTool = (name: string, input: unknown, id = 'c1') => ({
  type: 'tool-call' as const,
  id,
  name,
  arguments: input,
});
