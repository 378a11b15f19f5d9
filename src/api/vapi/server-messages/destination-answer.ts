import * as z from 'zod';
import type { AgentDestination } from '../../../domain/agents/agent.ts';
import type { TransferDestination } from '../../../domain/numbers/destination.ts';
import type { DestinationAnswer, ServerReply } from '../../../flow/server-messages.ts';
import {
  type AgentDestinationBody,
  agentDestinationSchema,
  assistantDestinationSchema,
} from '../destinations/agent-schema.ts';
import { toAgentDestination } from '../destinations/agent-to-domain.ts';
import {
  type DestinationBody,
  numberDestinationSchema,
  sipDestinationSchema,
} from '../destinations/schema.ts';
import { toDestination } from '../destinations/to-domain.ts';
import '../nested-parts.ts';
import { validationMessages } from '../../server/validation-messages.ts';
import type { Origin } from '../nesting.ts';
import { isGiven, replyContent, replyObject } from './reply-json.ts';
import { failureText, spokenText } from './tool-results.ts';

const transferAnswerSchema = z.discriminatedUnion('type', [
  numberDestinationSchema,
  sipDestinationSchema,
  assistantDestinationSchema,
]);

/** What a reply to a transfer-destination-request means. Never throws. */
export function transferAnswer(reply: ServerReply, origin: Origin): DestinationAnswer {
  return destinationAnswer(reply, transferAnswerSchema, origin);
}

/** What a reply to a handoff-destination-request means. Never throws. */
export function handoffAnswer(reply: ServerReply, origin: Origin): DestinationAnswer {
  return destinationAnswer(reply, agentDestinationSchema, origin);
}

function destinationAnswer(
  reply: ServerReply,
  schema: z.ZodType<DestinationBody | AgentDestinationBody>,
  origin: Origin,
): DestinationAnswer {
  if (reply.status < 200 || reply.status > 299) {
    return { error: `The server answered with HTTP status ${reply.status}.` };
  }
  const content = replyContent(reply);
  if ('problem' in content) return { error: content.problem };
  const body = replyObject(content.value);
  if (!body) return { error: 'The answer is no JSON object.' };
  if (isGiven(body.error)) return { error: failureText(body.error) };
  if (!isGiven(body.destination)) return { error: 'The answer names no destination.' };
  const result = schema.safeParse(body.destination);
  if (!result.success) {
    const problems = validationMessages(result.error.issues).map((sentence) => `destination.${sentence}`);
    return { error: `Invalid destination. Errors: ${problems.join('; ')}` };
  }
  const message = spokenText(body.message);
  return {
    destination: toReached(result.data, origin),
    ...(message !== undefined && { message }),
  };
}

function toReached(
  body: DestinationBody | AgentDestinationBody,
  origin: Origin,
): TransferDestination | AgentDestination {
  return body.type === 'number' || body.type === 'sip'
    ? toDestination(body, origin)
    : toAgentDestination(body, origin);
}
