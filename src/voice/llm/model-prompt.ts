import { type JSONSchema7, jsonSchema, type ModelMessage, type ToolSet, tool } from 'ai';
import type { AgentTool } from '../../domain/agents/agent.ts';
import type { BrainMessage } from './contract.ts';

const NO_ARGUMENTS: JSONSchema7 = { type: 'object', properties: {} };

/** What a model is told of the tools that the exchange itself knows, where the agent says nothing else. */
const KNOWN_TOOLS: Readonly<Record<string, { description: string; parameters: JSONSchema7 }>> = {
  endCall: {
    description: 'Ends the phone call, once everything is settled or the caller says goodbye.',
    parameters: NO_ARGUMENTS,
  },
  dtmf: {
    description: 'Presses keys on the telephone keypad.',
    parameters: {
      type: 'object',
      properties: { dtmf: { type: 'string', description: 'Keys to press, in order: 0-9, * and #.' } },
      required: ['dtmf'],
    },
  },
};

/** Names that OpenAI-compatible servers accept. */
const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** The tools as the SDK offers them: without `execute`, since the engine runs them. A tool without a valid name is left out. */
export function modelTools(tools: readonly AgentTool[]): ToolSet {
  const set: ToolSet = {};
  for (const { type, name = type, description, parameters } of tools) {
    if (!TOOL_NAME.test(name)) continue;
    const known = KNOWN_TOOLS[type];
    const about = description ?? known?.description;
    set[name] = tool({
      ...(about !== undefined && { description: about }),
      inputSchema: jsonSchema((parameters as JSONSchema7 | undefined) ?? known?.parameters ?? NO_ARGUMENTS),
    });
  }
  return set;
}

/** A model server takes no empty conversation: so begins that of an agent without a prompt that is to speak first. */
const OPENING: ModelMessage = { role: 'system', content: 'The call has begun. Greet the caller.' };

/** The conversation as the SDK writes it, tool calls and their results included. */
export function modelMessages(messages: readonly BrainMessage[]): ModelMessage[] {
  if (messages.length === 0) return [OPENING];
  return messages.map((message): ModelMessage => {
    if (message.role === 'tool') {
      const { toolCallId, name: toolName, content } = message;
      const output = { type: 'text' as const, value: content };
      return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] };
    }
    if (message.role !== 'assistant' || !message.toolCalls?.length) {
      return { role: message.role, content: message.content };
    }
    const calls = message.toolCalls.map(({ id, name, arguments: input }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName: name,
      input,
    }));
    const text = message.content === '' ? [] : [{ type: 'text' as const, text: message.content }];
    return { role: 'assistant', content: [...text, ...calls] };
  });
}
