import type { ZodType } from 'zod';
import type { AgentOverrides } from '../../../domain/agents/agent.ts';
import type { AssistantAnswer, AssistantRequestFailure, ServerReply } from '../../../flow/server-messages.ts';
import { isUuid, newId } from '../../../lib/ids.ts';
import { validationMessages } from '../../server/validation-messages.ts';
import { assistantBodySchema, overridesSchema } from '../assistants/schema.ts';
import { toAgent, toOverrides } from '../assistants/to-domain.ts';
import { destinationSchema } from '../destinations/schema.ts';
import { toDestination } from '../destinations/to-domain.ts';
import type { Origin } from '../nesting.ts';
import { squadBodySchema } from '../squads/schema.ts';
import { toSquad } from '../squads/to-domain.ts';
import type { Json } from './envelope.ts';
import { keptReply } from './kept-reply.ts';
import { errorText, isGiven, replyContent, replyObject } from './reply-json.ts';

/** Characters of the customer's own sentence for the caller: a minute of speech, as for every other message. */
const MAX_SENTENCE_LENGTH = 1000;

type Reason = AssistantRequestFailure['reason'];

/** A part of the reply that breaks its schema, each sentence naming its field. */
class InvalidPartError extends Error {}

/** What a reply to an assistant-request means. Never throws: whatever a stranger's server says has its class. */
export function assistantAnswer(reply: ServerReply, origin: Origin): AssistantAnswer {
  const content = replyContent(reply);
  const response = 'value' in content ? keptReply(content.value) : keptReply(reply.body);
  const fail = (reason: Reason, detail: string): AssistantAnswer => ({
    kind: 'failed',
    failure: { reason, detail, response },
  });
  if (reply.status < 200 || reply.status > 299) {
    return fail('assistant-request-returned-error', `The server answered with HTTP status ${reply.status}.`);
  }
  if ('problem' in content) return fail('assistant-request-failed', content.problem);
  const body = replyObject(content.value);
  if (!body) return fail('assistant-request-returned-no-assistant', 'The answer is no JSON object.');
  if (isGiven(body.error)) {
    const sentence = speakable(errorText(body.error));
    if (sentence !== undefined) return { kind: 'error', sentence, response };
    const detail = `\`error\` must be a sentence of at most ${MAX_SENTENCE_LENGTH} characters.`;
    return fail('assistant-request-returned-unspeakable-error', detail);
  }
  try {
    return chosen(body, origin, response) ?? fail('assistant-request-returned-no-assistant', nothingIn(body));
  } catch (error) {
    if (!(error instanceof InvalidPartError)) throw error;
    return fail('assistant-request-returned-invalid-assistant', error.message);
  }
}

/** The first form that the reply has, in the order of the vendor's schema. @throws {InvalidPartError} */
function chosen(body: Json, origin: Origin, response: unknown): AssistantAnswer | undefined {
  const { destination, assistantId, assistant, squadId, squad, workflowId, workflow } = body;
  if (isGiven(destination)) {
    const part = valid(destinationSchema, destination, 'destination');
    return { kind: 'destination', destination: toDestination(part, origin), response };
  }
  if (isGiven(assistantId)) {
    const agentId = validId(assistantId, 'assistantId');
    return { kind: 'agent', agentId, ...overridesOf(body, ['assistantOverrides'], origin), response };
  }
  if (isGiven(assistant)) {
    const part = valid(assistantBodySchema, assistant, 'assistant');
    const agent = toAgent(part, { id: newId(origin.now), ...origin });
    return { kind: 'transient-agent', agent, ...overridesOf(body, ['assistantOverrides'], origin), response };
  }
  // Handlers that moved from an assistant to a squad often keep the older key.
  const forSquad = ['squadOverrides', 'assistantOverrides'];
  if (isGiven(squadId)) {
    const id = validId(squadId, 'squadId');
    return { kind: 'squad', squadId: id, ...overridesOf(body, forSquad, origin), response };
  }
  if (isGiven(squad)) {
    const part = valid(squadBodySchema, squad, 'squad');
    const made = toSquad(part, { id: newId(origin.now), ...origin });
    return { kind: 'transient-squad', squad: made, ...overridesOf(body, forSquad, origin), response };
  }
  return isGiven(workflowId) || isGiven(workflow) ? { kind: 'workflow', response } : undefined;
}

function overridesOf(body: Json, keys: string[], origin: Origin): { overrides?: AgentOverrides } {
  const key = keys.find((name) => isGiven(body[name]));
  if (key === undefined) return {};
  return { overrides: toOverrides(valid(overridesSchema, body[key], key), origin) };
}

function valid<T>(schema: ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = validationMessages(result.error.issues).map((sentence) => `${name}.${sentence}`);
  throw new InvalidPartError(`Invalid ${name}. Errors: ${problems.join('; ')}`);
}

function validId(value: unknown, name: string): string {
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase();
  throw new InvalidPartError(`${name} must be a UUID`);
}

/** What can be said aloud, in one line; undefined where nothing can. */
function speakable(text: string | undefined): string | undefined {
  const sentence = text?.replaceAll(/\s+/g, ' ').trim() ?? '';
  if (sentence.length > MAX_SENTENCE_LENGTH || !/[\p{L}\p{N}]/u.test(sentence)) return undefined;
  return sentence;
}

function nothingIn(body: Json): string {
  const keys = Object.keys(body).slice(0, 10).join(', ');
  const has = keys === '' ? 'It is an empty object.' : `It has: ${keys.slice(0, 200)}.`;
  return `The answer names no assistant, squad or destination. ${has}`;
}
