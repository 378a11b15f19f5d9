import type { ServerReply, ServerToolCall, ServerToolResult } from '../../../flow/server-messages.ts';
import type { Json } from './envelope.ts';
import { errorText, isGiven, isObject, replyContent, replyObject } from './reply-json.ts';

/** Characters of one result that the model gets: more would crowd the conversation out of its window. */
const MAX_RESULT_LENGTH = 64 * 1024;
const MAX_SPOKEN_LENGTH = 1000;

/** What a reply to `tool-calls` says of each call, in the order of the calls. Never throws. */
export function toolResults(reply: ServerReply, calls: readonly ServerToolCall[]): ServerToolResult[] {
  if (reply.status < 200 || reply.status > 299) {
    return failedResults(calls, `The server answered with HTTP status ${reply.status}.`);
  }
  const content = replyContent(reply);
  if ('problem' in content) return failedResults(calls, content.problem);
  const body = replyObject(content.value);
  if (!body) return failedResults(calls, 'The answer is no JSON object.');
  const results = Array.isArray(body.results) ? body.results.filter(isObject) : [];
  if (results.length === 0 && isGiven(body.error)) return failedResults(calls, failureText(body.error));
  const lone = calls.length === 1 ? loneResult(body, results) : undefined;
  return calls.map(({ id }) => {
    const found = results.find(({ toolCallId }) => toolCallId === id) ?? lone;
    return found ? resultOf(id, found) : { id, error: `The answer holds no result for toolCallId ${id}.` };
  });
}

/** One call needs no id to find its result; the oldest handlers answer with the result alone. */
function loneResult(body: Json, results: readonly Json[]): Json | undefined {
  const [first, second] = results;
  if (!first) return isGiven(body.result) ? body : undefined;
  return second === undefined && !isGiven(first.toolCallId) ? first : undefined;
}

export function failedResults(calls: readonly ServerToolCall[], error: string): ServerToolResult[] {
  return calls.map(({ id }) => ({ id, error }));
}

function resultOf(id: string, { result, error, message }: Json): ServerToolResult {
  const isFailure = isGiven(error) && !isGiven(result);
  const spoken = spokenText(message, isFailure ? 'request-failed' : 'request-complete');
  const shared = { id, ...(spoken !== undefined && { message: spoken }) };
  if (isFailure) return { ...shared, error: failureText(error) };
  return { ...shared, result: capped(textOf(result)) };
}

/** A sentence, or the vendor's tool message of the kind that fits the outcome, alone or in a list. */
export function spokenText(message: unknown, kind?: string): string | undefined {
  const candidates: unknown[] = Array.isArray(message) ? message : [message];
  for (const candidate of candidates) {
    const text = isObject(candidate) ? contentOf(candidate, kind) : candidate;
    if (typeof text === 'string' && text.trim() !== '') return text.slice(0, MAX_SPOKEN_LENGTH);
  }
  return undefined;
}

function contentOf(message: Json, kind: string | undefined): unknown {
  const { type } = message;
  const isOther = typeof type === 'string' && type.startsWith('request-') && type !== kind;
  if (kind !== undefined && isOther) return undefined;
  if (isGiven(message.content)) return message.content;
  const [first] = Array.isArray(message.contents) ? message.contents : [];
  return isObject(first) ? first.text : undefined;
}

/** What a failure is called for the model; never for the caller. */
export function failureText(error: unknown): string {
  return capped(errorText(error) ?? textOf(error));
}

/** The model reads text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isGiven(value) ? JSON.stringify(value) : '';
}

function capped(text: string): string {
  return text.length <= MAX_RESULT_LENGTH ? text : `${text.slice(0, MAX_RESULT_LENGTH)}...`;
}
