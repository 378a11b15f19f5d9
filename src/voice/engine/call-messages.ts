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
