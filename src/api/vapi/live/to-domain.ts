import type { ControlCommand } from '../../../flow/live/control-command.ts';
import { toAgentDestination } from '../destinations/agent-to-domain.ts';
import { toDestination } from '../destinations/to-domain.ts';
import type { Origin } from '../nesting.ts';
import type { ControlBody } from './schema.ts';

/** @param origin whose a transient assistant of a handoff is. */
export function toCommand(body: ControlBody, origin: Origin): ControlCommand {
  switch (body.type) {
    case 'say':
      return {
        type: 'say',
        content: body.content ?? body.message ?? '',
        endCallAfterSpoken: body.endCallAfterSpoken ?? false,
      };
    case 'add-message': {
      const { role, content } = body.message;
      return {
        type: 'add-message',
        message: { role: role === 'developer' ? 'system' : role, content },
        respond: body.triggerResponseEnabled ?? true,
      };
    }
    case 'control':
      if (body.control === 'say-first-message') return { type: 'say-first-message' };
      return { type: 'mute', muted: body.control === 'mute-assistant' };
    case 'end-call':
      return { type: 'end-call' };
    case 'transfer':
      return { type: 'move', destination: toDestination(body.destination, origin), ...saidBefore(body) };
    case 'handoff':
      return { type: 'move', destination: toAgentDestination(body.destination, origin), ...saidBefore(body) };
  }
}

function saidBefore({ content }: { content?: string | null | undefined }): { content?: string } {
  return typeof content === 'string' ? { content } : {};
}
