import type { BrainSettings } from '../../domain/agents/agent.ts';
import type { Brain } from '../llm/contract.ts';
import type { TurnDriver } from '../turn/turn-driver.ts';
import { pendingText } from '../turn/turn-policy.ts';
import { transcriberOptionsOf } from './agent-settings.ts';
import type { ConversationOptions } from './conversation.ts';
import type { Keypad } from './keypad.ts';
import { Listener } from './listener.ts';
import type { Reporter } from './reporter.ts';

export interface ListeningParts {
  driver: TurnDriver;
  keypad: Keypad;
  reporter: Reporter;
  /** The caller's turns so far. */
  turns(): number;
}

/** Makes the ears of a conversation: what they hear goes to the turn policy and is told. */
export function listenFor(
  {
    port,
    vad,
    transcriber,
    brain,
    clock,
    agent,
    settings,
  }: ConversationOptions & { settings: BrainSettings },
  { driver, keypad, reporter, turns }: ListeningParts,
): Listener {
  const options = transcriberOptionsOf(agent, grammarOf(brain, settings, reporter));
  return new Listener(
    { port, vad, transcriber, options, clock },
    {
      voice: (event) => {
        if (event.type !== 'speech-heard') {
          const status = event.type === 'speech-started' ? 'started' : 'stopped';
          reporter.emit({ type: 'speech', role: 'user', status, at: event.at, turn: turns() });
        }
        driver.put(event);
      },
      transcript: ({ text, isFinal, endOfTurn }) => {
        driver.put({ type: 'transcript', text, isFinal, endOfTurn: endOfTurn === true });
        const soFar = pendingText(driver.state);
        if (!isFinal && soFar !== '') reporter.emit({ type: 'partial-transcript', text: soFar });
      },
      key: (digit, at) => {
        driver.put({ type: 'key-pressed' });
        keypad.press(digit, at);
      },
      warning: (code, message) => reporter.warn(code, message),
    },
  );
}

function grammarOf(brain: Brain, settings: BrainSettings, reporter: Reporter): string | undefined {
  try {
    return brain.grammar?.(settings);
  } catch (error) {
    reporter.warn('grammar-failed', `${brain.name}: ${String(error)}`);
    return undefined;
  }
}
