import type { Agent } from '../../domain/agents/agent.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Clock } from '../../lib/clock.ts';
import { contextNames } from '../../voice/engine/context-names.ts';
import type { CallRecorder } from './call-recorder.ts';

/** The caller hears nothing but ringing meanwhile, so the customer's server has no longer. */
export const CONTEXT_TIMEOUT_MS = 3_000;
/** Characters of an answer: far more than any prompt has room for. */
const MAX_ANSWER_CHARS = 100_000;
/** Keys of an answer that are taken; the rest is left out. */
const MAX_KEYS = 200;

/** Values of the `${name}` of prompts and first messages. */
export type CallContext = Record<string, string>;

export interface CallContextOptions {
  recorder: Pick<CallRecorder, 'call' | 'record'>;
  number: PhoneNumber;
  /** The guarded way out. */
  fetch: typeof globalThis.fetch;
  clock: Clock;
  /** Aborts when the caller has left. */
  signal: AbortSignal;
}

/**
 * What is known for the agent's `${name}`: the number's sample values, under the call's own variables, under what the
 * customer's endpoints say of the caller. A server that fails is a line of the timeline and no more. Unset where the agent
 * has no use for a context: then `${name}` is text like any other. Never rejects.
 */
export async function contextFor(
  agent: Agent,
  options: CallContextOptions,
): Promise<CallContext | undefined> {
  const { number, recorder } = options;
  const { promptPlan, contextEndpoint } = agent;
  const urls = new Set([contextEndpoint, promptPlan?.contextEndpoint].filter(isUrl));
  const uses = urls.size > 0 || promptPlan?.template !== undefined || number.exampleContext !== undefined;
  if (!uses) return undefined;
  const answers = await Promise.all([...urls].map((url) => asked(url, options)));
  const context = Object.assign(
    {},
    number.exampleContext,
    textsOf(recorder.call.variables),
    ...answers,
  ) as CallContext;
  const wanted = new Set([...namesIn(agent), ...(promptPlan?.template?.requiredContextKeys ?? [])]);
  const missing = [...wanted].filter((name) => !Object.hasOwn(context, name));
  if (missing.length > 0) {
    const message = `nothing is known of ${missing.join(', ')}: they are left out of the prompt`;
    recorder.record('agent.warned', { code: 'context-missing', message });
  }
  return context;
}

function isUrl(url: string | undefined): url is string {
  return url !== undefined && url !== '';
}

function namesIn({ firstMessage = '', brain }: Agent): string[] {
  return contextNames([firstMessage, ...(brain?.messages ?? []).map(({ content }) => content)]);
}

async function asked(url: string, options: CallContextOptions): Promise<CallContext> {
  const { recorder, clock } = options;
  const startedAt = clock.monotonic();
  const tell = (outcome: object) => {
    const tookMs = Math.round(clock.monotonic() - startedAt);
    recorder.record('server.asked', { question: 'context', tookMs, ...outcome });
  };
  try {
    const context = await answerOf(url, options);
    tell({ keys: Object.keys(context) });
    return context;
  } catch (error) {
    tell({ error: error instanceof Error ? error.message : String(error) });
    return {};
  }
}

async function answerOf(
  url: string,
  { recorder, fetch, clock, signal }: CallContextOptions,
): Promise<CallContext> {
  const deadline = new AbortController();
  const late = new Error(`no answer within ${CONTEXT_TIMEOUT_MS / 1000} s`);
  const timer = clock.setTimeout(() => deadline.abort(late), CONTEXT_TIMEOUT_MS);
  try {
    const response = await fetch(withCaller(url, recorder.call), {
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([signal, deadline.signal]),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const text = await response.text();
    if (text.length > MAX_ANSWER_CHARS) throw new Error('the answer is too long');
    return flatContext(text);
  } catch (error) {
    throw deadline.signal.aborted ? late : error;
  } finally {
    clock.clearTimeout(timer);
  }
}

/** @throws TypeError where it is no URL. */
function withCaller(url: string, { customer }: Call): string {
  const asking = new URL(url);
  asking.searchParams.set('phone_number', customer.number ?? customer.sipUri ?? '');
  return asking.href;
}

/** Reads a flat JSON object; values that are neither text, number nor truth value are left out. @throws {Error} for anything else. */
export function flatContext(text: string): CallContext {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('the answer is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Error('the answer is no JSON object');
  return textsOf(parsed as Record<string, unknown>);
}

function textsOf(values: Record<string, unknown>): CallContext {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
      .slice(0, MAX_KEYS)
      .map(([name, value]) => [name, String(value)]),
  );
}
