import type { BrainSettings, PromptMessage } from '../../domain/agents/agent.ts';
import type { CallMessage } from '../../domain/calls/call.ts';
import { transcriptOf } from '../../domain/calls/transcript.ts';
import type { SummaryPlan } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Brain, BrainMessage } from '../../voice/llm/contract.ts';
import { renderTemplate } from '../../voice/llm/template.ts';

/** How long a model may think about a summary unless the plan says otherwise (the vendor's). */
const TIMEOUT_MS = 5_000;
/** Longest summary: what can be said in a minute. */
const MAX_CHARACTERS = 1_000;
/** A brain without a model cannot sum up: of the caller's own words the last so many turns stand in. */
const QUOTED_TURNS = 3;

const INSTRUCTION =
  'You take notes of telephone calls. Sum up the call below for the person who takes it over, in two or three short sentences that can be read out. Give nothing but the summary.';

const DEFAULT_MESSAGES: PromptMessage[] = [
  { role: 'system', content: INSTRUCTION },
  { role: 'user', content: 'The call so far:\n\n{{transcript}}' },
];

export interface SummaryParts {
  plan: SummaryPlan;
  messages: readonly CallMessage[];
  brain: Brain;
  brainSettings: BrainSettings;
  /** What templates may name beside `transcript`, `systemPrompt`, `messages` and `endedReason`. */
  variables: Record<string, unknown>;
  clock: Clock;
  signal: AbortSignal;
  /** Told why there is no summary. */
  warn(problem: string): void;
}

/** Has the agent's model sum the conversation up. @returns nothing where it is switched off, fails, or takes too long */
export async function summarise(parts: SummaryParts): Promise<string | undefined> {
  const { plan, messages, brain, clock } = parts;
  if (plan.enabled === false) return undefined;
  if (brain.name === 'scripted') return quoted(messages);
  const late = new AbortController();
  const limitMs = plan.timeoutSeconds === undefined ? TIMEOUT_MS : plan.timeoutSeconds * 1000;
  const timer = clock.setTimeout(() => late.abort(), limitMs);
  try {
    const text = await answerOf(parts, AbortSignal.any([parts.signal, late.signal]));
    return text === '' ? undefined : text.slice(0, MAX_CHARACTERS);
  } catch (error) {
    if (late.signal.aborted) parts.warn(`the summary was not there within ${limitMs} ms`);
    else if (!parts.signal.aborted)
      parts.warn(`no summary could be made: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  } finally {
    clock.clearTimeout(timer);
  }
}

async function answerOf(
  { plan, messages, brain, brainSettings, variables }: SummaryParts,
  signal: AbortSignal,
): Promise<string> {
  const system = brainSettings.messages.filter(({ role }) => role === 'system');
  const known = {
    ...variables,
    transcript: transcriptOf(messages),
    systemPrompt: system.map(({ content }) => content).join('\n'),
    messages: brainSettings.messages,
    // The call goes on: it has not ended for any reason.
    endedReason: '',
  };
  const asked = plan.messages && plan.messages.length > 0 ? plan.messages : DEFAULT_MESSAGES;
  const prompt = await Promise.all(
    asked.map(async ({ role, content }) => promptMessage(role, await renderTemplate(content, known))),
  );
  return gathered(brain, prompt, brainSettings, signal);
}

/** All that a brain says to a prompt, without tools. @throws what the brain throws, or the signal's reason */
export async function gathered(
  brain: Brain,
  prompt: BrainMessage[],
  settings: BrainSettings,
  signal: AbortSignal,
): Promise<string> {
  const given = brain.respond({
    messages: prompt,
    tools: [],
    settings: { ...settings, messages: [], tools: [], toolIds: [] },
    context: {},
    signal,
  });
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const read = async () => {
    let text = '';
    for await (const chunk of given) if (chunk.type === 'text') text += chunk.text;
    return text.trim();
  };
  // A brain may not heed the signal; whoever waits for it must not wait on.
  return Promise.race([read(), aborted]);
}

function promptMessage(role: PromptMessage['role'], content: string): BrainMessage {
  return role === 'user' || role === 'assistant' ? { role, content } : { role: 'system', content };
}

function quoted(messages: readonly CallMessage[]): string | undefined {
  const said = messages.filter(({ role, message }) => role === 'user' && message.trim() !== '');
  if (said.length === 0) return undefined;
  const words = said.slice(-QUOTED_TURNS).map(({ message }) => message.trim().replace(/[.!?]*$/, '.'));
  return `The caller said: ${words.join(' ')}`.slice(0, MAX_CHARACTERS);
}
