import type { ServerToolCall } from '../../../flow/server-messages.ts';
import { fromTool } from '../tools/from-domain.ts';
import type { Json } from './envelope.ts';

/**
 * A tool call in the shape of OpenAI, with the arguments as an object as the vendor's own samples read them, and with
 * the flat names of its older shape beside it.
 */
export function fromToolCall(call: { id: string; name: string; arguments: unknown }): Json {
  const given = argumentsOf(call.arguments);
  return {
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: given },
    name: call.name,
    parameters: given,
  };
}

export function fromToolWithCall(call: ServerToolCall): Json {
  return { ...fromTool(call.tool), name: call.name, toolCall: fromToolCall(call) };
}

function argumentsOf(given: unknown): unknown {
  if (typeof given !== 'string') return given ?? {};
  try {
    return JSON.parse(given);
  } catch {
    // A model's broken JSON: the customer's server may still make something of the text.
    return given;
  }
}
