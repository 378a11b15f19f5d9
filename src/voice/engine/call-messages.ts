import type { CallMessage } from '../../domain/calls/call.ts';
import type { UserTurn } from '../turn/turn-contract.ts';
import type { RunToolCall } from './history.ts';
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

/** A call of a tool and its result. */
export function toolMessages(call: RunToolCall, at: number): CallMessage[] {
  const { id, name, arguments: input, result = '' } = call;
  const times = { startedAt: at, endedAt: at };
  return [
    {
      role: 'tool-call',
      message: JSON.stringify(input) ?? '',
      ...times,
      toolCall: { id, name, arguments: input },
    },
    { role: 'tool-result', message: result, ...times, toolCall: { id, name, result } },
  ];
}

/** The record counts whole milliseconds; the line tells its instants finer. */
export function inWholeMilliseconds(message: CallMessage): CallMessage {
  const { startedAt, endedAt } = message;
  return { ...message, startedAt: Math.round(startedAt), endedAt: Math.round(endedAt) };
}
