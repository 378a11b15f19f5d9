import type { CallMessage } from '../../domain/calls/call.ts';
import type { ToolCall, ToolOutcome } from '../tools/tool-runner.ts';
import type { UserTurn } from '../turn/turn-contract.ts';
import type { AddedMessage } from './conversation.ts';
import type { UtteranceOutcome } from './utterance.ts';

/** What the caller said, for the record. */
export function userMessage({ text, startedAt, endedAt }: UserTurn): CallMessage {
  return { role: 'user', message: text, startedAt, endedAt, inputMode: 'voice' };
}

/** What the caller heard of the agent; nothing where nothing was heard. */
export function agentMessage(outcome: UtteranceOutcome, interrupted: boolean): CallMessage | undefined {
  const { heard, startedAt, endedAt } = outcome;
  if (heard === '' || startedAt === undefined) return undefined;
  const message: CallMessage = { role: 'agent', message: heard, startedAt, endedAt };
  return interrupted ? { ...message, interrupted } : message;
}

export function toolCallMessage({ id, name, arguments: input }: ToolCall, at: number): CallMessage {
  const message = JSON.stringify(input) ?? '';
  return {
    role: 'tool-call',
    message,
    startedAt: at,
    endedAt: at,
    toolCall: { id, name, arguments: input },
  };
}

export function toolResultMessage(
  { id, name }: ToolCall,
  { content: result, failed }: ToolOutcome,
  at: number,
): CallMessage {
  return {
    role: 'tool-result',
    message: result,
    startedAt: at,
    endedAt: at,
    toolCall: { id, name, result, ...(failed && { failed }) },
  };
}

/** A message that was put into the conversation from outside: nobody has spoken it. */
export function addedMessage({ role, content }: AddedMessage, at: number): CallMessage {
  return { role: role === 'assistant' ? 'agent' : role, message: content, startedAt: at, endedAt: at };
}

/** The record counts whole milliseconds; the line tells its instants finer. */
export function inWholeMilliseconds(message: CallMessage): CallMessage {
  const { startedAt, endedAt } = message;
  return { ...message, startedAt: Math.round(startedAt), endedAt: Math.round(endedAt) };
}
