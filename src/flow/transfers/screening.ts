import type { Agent, AgentTool, BrainSettings } from '../../domain/agents/agent.ts';
import type { CallMessage } from '../../domain/calls/call.ts';
import { transcriptOf } from '../../domain/calls/transcript.ts';
import type { TransferContextPlan } from '../../domain/numbers/destination.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { ConversationEvent } from '../../voice/engine/conversation.ts';
import { createConversation } from '../../voice/engine/conversation-engine.ts';
import type { CallActions } from '../../voice/tools/contract.ts';
import type { VoiceParts } from '../session/voice-parts.ts';
import type { Verdict } from './attempt.ts';
import type { Miss } from './attempt-table.ts';

/** How long a transfer assistant may talk to the operator (the vendor's). */
const MAX_DURATION_MS = 120_000;

/** Its task where its own messages begin with no other. */
const TASK = [
  'You are on the telephone with somebody to whom a caller is to be transferred.',
  'The caller waits and does not hear you. Find out whether a person has answered and takes the call.',
  'Answer questions about the transfer and the caller, and nothing else.',
  'Call transferSuccessful when the person takes the call, and transferCancel when a machine has answered or the person does not.',
].join(' ');

/** Why transferCancel was called, as the record has it. */
const REASONS: Readonly<Record<string, Miss['outcome']>> = {
  voicemail: 'voicemail',
  declined: 'rejected',
  busy: 'busy',
  'no-answer': 'no-answer',
};

/** What the assistant knows of the caller's conversation. */
export interface ScreeningContext {
  plan: TransferContextPlan;
  messages: readonly CallMessage[];
  /** The summary or the message that the plan has for the operator. */
  words: string | undefined;
}

export interface ScreeningParts {
  /** With all that it takes over from the agent that speaks with the caller. */
  assistant: Agent;
  media: MediaSession;
  voice: VoiceParts;
  actions: CallActions;
  variables: Record<string, unknown>;
  clock: Clock;
  logger: Logger;
  /** Aborts when the operator or the caller leaves. */
  signal: AbortSignal;
  /** Told all that is said. */
  onEvent(event: ConversationEvent): void;
}

/** The assistant of a plan with what it inherits from the agent that speaks with the caller. */
export function transferAssistantOf(own: Agent, speaking: Agent | undefined): Agent {
  const { voice, transcriber, startSpeakingPlan, vendorKeys, metadata } = speaking ?? {};
  return {
    ...(voice && { voice }),
    ...(transcriber && { transcriber }),
    ...(startSpeakingPlan && { startSpeakingPlan }),
    ...(vendorKeys && { vendorKeys }),
    ...(metadata && { metadata }),
    // Unless told otherwise it waits for the operator to speak (the vendor's, where there is no first message).
    ...(own.firstMessage === undefined && { firstMessageMode: 'assistant-waits-for-user' as const }),
    ...own,
  };
}

/** Its brain: its own task or the default one, the caller's conversation behind it, and the two tools in any case. */
export function equippedFor(
  brain: BrainSettings,
  { plan, messages, words }: ScreeningContext,
): BrainSettings {
  const hasTask = brain.messages[0]?.role === 'system';
  const known = [contextOf(plan, messages), words && `For the person who answers: ${words}`]
    .filter((text) => text !== undefined && text !== '')
    .map((content) => ({ role: 'system' as const, content: content as string }));
  const task = hasTask ? [] : [{ role: 'system' as const, content: TASK }];
  const [first, ...rest] = [...task, ...brain.messages];
  const missing = (['transferSuccessful', 'transferCancel'] as const)
    .filter((type) => !brain.tools.some((tool) => tool.type === type))
    .map((type): AgentTool => ({ type, settings: {} }));
  return {
    ...brain,
    messages: first ? [first, ...known, ...rest] : known,
    tools: [...brain.tools, ...missing],
  };
}

function contextOf(plan: TransferContextPlan, messages: readonly CallMessage[]): string | undefined {
  if (plan.type === 'none') return undefined;
  const spoken = messages.filter(({ role }) => role === 'user' || role === 'agent');
  const shown =
    plan.type === 'all' ? spoken : spoken.slice(spoken.length - Math.min(spoken.length, plan.maxMessages));
  return shown.length === 0 ? undefined : `The conversation with the caller so far:\n${transcriptOf(shown)}`;
}

/** Lets the assistant talk to the operator until it has decided, one of them has hung up, or the time is over. */
export async function screen(parts: ScreeningParts): Promise<Verdict> {
  const { assistant, media, voice, clock, signal, onEvent } = parts;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const toolTypes = new Map(
    (assistant.brain?.tools ?? []).map(({ type, name }) => [name ?? type, type] as const),
  );
  let verdict: Verdict = declined('no-answer', 'the transfer assistant came to no decision in its time');
  const conversation = createConversation({
    ...parts,
    agent: { ...assistant, brain: assistant.brain ?? voice.brainSettings },
    port: media,
    transcriber: voice.transcriber,
    synthesizer: voice.synthesizer,
    brain: voice.brain,
    vad: voice.vad,
    context: {},
  });
  const stop = conversation.events.on((event) => {
    onEvent(event);
    if (event.type === 'message' && event.message.role === 'tool-call' && event.message.toolCall) {
      const { name, arguments: input } = event.message.toolCall;
      const type = toolTypes.get(name);
      if (type === 'transferSuccessful') verdict = { taken: true };
      else if (type === 'transferCancel') verdict = cancelled(input);
    } else if (event.type === 'end') {
      if (event.reason === 'silence-timed-out')
        verdict = declined('no-answer', 'the operator said nothing to the transfer assistant');
      over.abort();
    }
  });
  try {
    await conversation.start();
    const { maxDurationSeconds } = assistant;
    const limitMs = maxDurationSeconds === undefined ? MAX_DURATION_MS : maxDurationSeconds * 1000;
    await pause(clock, limitMs, either);
    return verdict;
  } finally {
    stop();
    await conversation.close();
  }
}

function cancelled(input: unknown): Verdict {
  const given =
    typeof input === 'object' && input !== null ? (input as { reason?: unknown }).reason : undefined;
  const reason = typeof given === 'string' && Object.hasOwn(REASONS, given) ? given : 'declined';
  return declined(REASONS[reason] ?? 'rejected', `the transfer assistant gave it up (${reason})`);
}

function declined(outcome: Miss['outcome'], detail: string): Verdict {
  return { taken: false, miss: { outcome, detail } };
}
