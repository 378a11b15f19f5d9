import { fromToolCall } from './tool-call-shapes.ts';

/** The text of one answer, or its tool calls: the vendor's message holds either. Another form goes out as it is. */
export function fromModelOutput(output: unknown): unknown[] {
  if (!isAnswer(output)) return [output];
  const { text, toolCalls } = output;
  const shownCalls = toolCalls.map(fromToolCall);
  return [...(text === '' ? [] : [text]), ...(shownCalls.length > 0 ? [shownCalls] : [])];
}

interface Answer {
  text: string;
  toolCalls: { id: string; name: string; arguments: unknown }[];
}

function isAnswer(output: unknown): output is Answer {
  const { text, toolCalls } = (output ?? {}) as Partial<Answer>;
  return typeof text === 'string' && Array.isArray(toolCalls);
}
