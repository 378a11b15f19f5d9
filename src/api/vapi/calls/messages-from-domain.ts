import type { CallMessage } from '../../../domain/calls/call.ts';
import { compact } from '../fields.ts';

type Json = Record<string, unknown>;

/** @param startAt instant that `secondsFromStart` counts from, in milliseconds. */
export function fromMessages(messages: readonly CallMessage[], startAt: number): Json[] {
  return messages.map((message) => fromMessage(message, startAt));
}

function fromMessage(message: CallMessage, startAt: number): Json {
  const { startedAt, endedAt, inputMode, interrupted, toolCall } = message;
  const when = { time: startedAt, secondsFromStart: (startedAt - startAt) / 1000 };
  const spoken = {
    message: message.message,
    ...when,
    endTime: endedAt,
    duration: (endedAt - startedAt) / 1000,
  };
  switch (message.role) {
    case 'system':
      return { role: 'system', message: message.message, ...when };
    case 'user':
      return compact({ role: 'user', ...spoken, inputMode });
    case 'agent':
      return compact({ role: 'bot', ...spoken, interrupted });
    case 'tool-call':
      return { role: 'tool_calls', message: message.message, toolCalls: toolCallsOf(message), ...when };
    case 'tool-result':
      return {
        role: 'tool_call_result',
        toolCallId: toolCall?.id ?? '',
        name: toolCall?.name ?? '',
        result: toolCall?.result ?? message.message,
        ...when,
      };
  }
}

/** In the form of OpenAI's chat completions, where arguments are JSON text. */
function toolCallsOf({ toolCall }: CallMessage): Json[] {
  if (!toolCall) return [];
  const args =
    typeof toolCall.arguments === 'string' ? toolCall.arguments : JSON.stringify(toolCall.arguments ?? {});
  return [{ id: toolCall.id, type: 'function', function: { name: toolCall.name, arguments: args } }];
}

export function openAiMessages(messages: readonly CallMessage[]): Json[] {
  return messages.map(openAiMessage);
}

function openAiMessage(message: CallMessage): Json {
  const content = message.message;
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content };
    case 'agent':
      return { role: 'assistant', content };
    case 'tool-call':
      return { role: 'assistant', content, tool_calls: toolCallsOf(message) };
    case 'tool-result':
      return {
        role: 'tool',
        content: message.toolCall?.result ?? content,
        tool_call_id: message.toolCall?.id ?? '',
      };
  }
}
