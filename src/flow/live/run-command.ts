import type { AgentDestination } from '../../domain/agents/agent.ts';
import type { CallEventType } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import { ExchangeError } from '../../domain/errors.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { Conversation } from '../../voice/engine/conversation.ts';
import type { MoveResult } from '../../voice/tools/contract.ts';
import { wordsOf } from '../../voice/tools/tool-messages.ts';
import { transferringIn } from '../../voice/tools/tool-phrases.ts';
import type { ControlCommand } from './control-command.ts';

/** What a command does to the call; the session fulfils it. */
export interface ControlTarget {
  /** Who speaks with the caller now; undefined before the answer and while somebody else has the caller. */
  readonly conversation: Conversation | undefined;
  /** The language of the agent that speaks now, such as `en` or `en-US`. */
  readonly language: string | undefined;
  /** Dials and bridges, or lets another agent take over; nothing is spoken. */
  moveTo(destination: TransferDestination | AgentDestination): Promise<MoveResult>;
  end(reason: EndReason): void;
  /** Adds a line to the timeline. */
  record(type: Extract<CallEventType, 'control.received' | 'agent.warned'>, data: object): void;
}

/**
 * Carries out a command. Returns when it was taken: what is spoken or dialled goes on, and a failure of it is told in
 * the timeline.
 * @throws {ExchangeError} `agent-absent` when it needs an agent and none is on the line.
 */
export function runCommand(command: ControlCommand, target: ControlTarget): void {
  const { conversation } = target;
  if (command.type === 'end-call') {
    target.record('control.received', { type: command.type });
    target.end('manually-canceled');
    return;
  }
  if (!conversation) {
    throw new ExchangeError('agent-absent', 'No assistant is on the line at the moment.');
  }
  target.record('control.received', lineOf(command));
  const goesOn = (work: Promise<void>) => {
    work.catch((error: unknown) => warn(target, error instanceof Error ? error.message : String(error)));
  };
  switch (command.type) {
    case 'say':
      goesOn(say(command, conversation, target));
      return;
    case 'add-message':
      conversation.addMessage(command.message, command.respond);
      return;
    case 'mute':
      conversation.mute(command.muted);
      return;
    case 'say-first-message':
      goesOn(conversation.sayFirstMessage());
      return;
    case 'move':
      goesOn(move(command, conversation, target));
  }
}

async function say(
  { content, endCallAfterSpoken }: Extract<ControlCommand, { type: 'say' }>,
  conversation: Conversation,
  target: ControlTarget,
): Promise<void> {
  await conversation.say(content);
  if (endCallAfterSpoken) target.end('assistant-ended-call-after-message-spoken');
}

async function move(
  { destination, content }: Extract<ControlCommand, { type: 'move' }>,
  conversation: Conversation,
  target: ControlTarget,
): Promise<void> {
  const farewell = content ?? farewellFor(destination, target.language);
  if (farewell) await conversation.say(farewell);
  const result = await target.moveTo(destination);
  if (result.moved || 'joined' in result) return;
  warn(target, result.error);
  if (!result.said) return;
  await conversation.say(result.said.content);
  if (result.said.endsCall) target.end('assistant-ended-call-after-message-spoken');
}

function warn(target: ControlTarget, message: string): void {
  target.record('agent.warned', { code: 'control-failed', message });
}

/** The destination's own words, else for a transfer those that an agent's tool has; for another agent none. */
function farewellFor({ type, message }: TransferDestination | AgentDestination, language = 'en'): string {
  if (message !== undefined) return wordsOf(message, language);
  return type === 'agent' ? '' : transferringIn(language);
}

/** What the timeline keeps of a command: a transient agent, which may hold keys, stays out. */
function lineOf(command: ControlCommand): object {
  if (command.type !== 'move') return command;
  const { destination, content } = command;
  const place =
    destination.type === 'agent'
      ? { agentName: destination.agentName, agentId: destination.agentId, squadId: destination.squadId }
      : destination.type === 'sip'
        ? { sipUri: destination.sipUri }
        : { number: destination.number };
  const known = Object.entries({ content, ...place }).filter(([, value]) => value !== undefined);
  return { type: command.type, to: destination.type, ...Object.fromEntries(known) };
}
