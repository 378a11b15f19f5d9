import type { CallMessage } from '../../domain/calls/call.ts';

/** A conversation as the vendor writes it: a line each; words of the agent that were cut off end with a dash. */
export function transcriptOf(messages: readonly CallMessage[]): string {
  return messages.flatMap(linesOf).join('\n');
}

function linesOf({ role, message, interrupted, toolCall }: CallMessage): string[] {
  switch (role) {
    case 'user':
      return [`HUMAN: ${message}`];
    case 'agent':
      return [`BOT: ${message}${interrupted ? '-' : ''}`];
    case 'tool-call':
      return [`BOT_ACTION_START: ${toolCall?.name ?? ''} ${message}`.trimEnd()];
    case 'tool-result':
      return [`BOT_ACTION_FINISH: ${toolCall?.name ?? ''} ${message}`.trimEnd()];
    case 'system':
      return [];
  }
}
