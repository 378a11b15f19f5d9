import { createHmac } from 'node:crypto';
import type { AgentTool } from '../../../domain/agents/agent.ts';
import type {
  CallScene,
  ServerClient,
  ServerToolCall,
  ServerToolResult,
} from '../../../flow/server-messages.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newId } from '../../../lib/ids.ts';
import type { Secret } from '../../../lib/secret.ts';

/** How long the customer's server has: the vendor's figure. */
export const EXTERNAL_ACTION_TIMEOUT_MS = 10_000;
/** Characters of a result that a model is given. */
const MAX_RESULT_CHARS = 20_000;

export interface ExternalActionParts {
  post: ServerClient['post'];
  clock: Clock;
}

export function isExternal(tool: AgentTool): boolean {
  return tool.external !== undefined;
}

/**
 * Posts `{call_id, payload}` to the action's URL, signed over the very bytes, and reads `{result, agent_message}`.
 * Does not reject: what went wrong is told to the model.
 */
export async function callExternal(
  { id, tool, arguments: payload }: ServerToolCall,
  { call }: CallScene,
  signal: AbortSignal,
  { post, clock }: ExternalActionParts,
): Promise<ServerToolResult> {
  const { external } = tool;
  if (!external) return { id, error: `${tool.type} has no URL to call.` };
  const body = JSON.stringify({ call_id: call.id, payload: payload ?? {} });
  const server = {
    url: external.url,
    headers: { 'x-vocode-signature': signatureOf(body, external.signatureSecret) },
  };
  try {
    const { status, body: text } = await post(server, body, {
      orgId: call.orgId,
      id: newId(clock.now()),
      timeoutMs: EXTERNAL_ACTION_TIMEOUT_MS,
      signal,
    });
    if (status < 200 || status > 299) return { id, error: `the server answered ${status}.` };
    return { id, ...externalResult(text) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : 'the request failed.' };
  }
}

/** Base64 of the HMAC-SHA256 over the body as it is sent; the secret itself is the base64 of its key. */
export function signatureOf(body: string, secret: Secret): string {
  return createHmac('sha256', Buffer.from(secret.reveal(), 'base64')).update(body).digest('base64');
}

/** What the server's answer says; `agent_message` is spoken as it is. */
export function externalResult(text: string): Omit<ServerToolResult, 'id'> {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { error: 'the answer of the server is no JSON.' };
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
    return { error: 'the answer of the server is no JSON object.' };
  const { result = {}, agent_message: message } = answer as { result?: unknown; agent_message?: unknown };
  const shown = (typeof result === 'string' ? result : JSON.stringify(result)).slice(0, MAX_RESULT_CHARS);
  return { result: shown, ...(typeof message === 'string' && { message }) };
}
