import type { AgentTransferMode, ContextPlan } from '../../domain/agents/agent.ts';
import type { BrainMessage } from '../llm/contract.ts';

/** How much of a conversation goes to the next agent: as a transfer within a squad puts it, or as a handoff does. */
export type HandoverMode = AgentTransferMode | ContextPlan;

/** A conversation as one agent knows it. */
export interface HistoryParts {
  /** What the agent before it handed over. */
  inherited: readonly BrainMessage[];
  /** The agent's own task. */
  prompt: readonly BrainMessage[];
  /** What was said and done since it took over. */
  own: readonly BrainMessage[];
}

/** Which calls of tools are those that transferred the caller. */
export type TransferCalls = (call: { id: string; name: string }) => boolean;

/**
 * The conversation in the order in which the brain reads it. A history that brings the prompt of the agent before
 * (`rolling-history`) begins with it, and the new prompt follows behind; every other stands behind the new prompt.
 */
export function wholeHistory({ inherited, prompt, own }: HistoryParts): BrainMessage[] {
  const rolling = inherited[0]?.role === 'system';
  return rolling ? [...inherited, ...prompt, ...own] : [...prompt, ...inherited, ...own];
}

/**
 * What the next agent is given of a conversation (docs.vapi.ai: `transferMode` of an assistant destination,
 * `contextEngineeringPlan` of a handoff). Only `rolling-history` hands on prompts; hints that were added while this
 * agent spoke go along wherever the messages around them do.
 */
export function handedHistory(
  parts: HistoryParts,
  mode: HandoverMode,
  isTransfer: TransferCalls,
): BrainMessage[] {
  if (typeof mode === 'string') return byMode(parts, mode, isTransfer);
  const earlier = withoutPrompts(parts.inherited);
  const all = [...earlier, ...withoutFirstHints(parts.own)];
  switch (mode.type) {
    case 'all':
      return all;
    case 'none':
      return [];
    case 'lastNMessages':
      return lastOf(all, mode.maxMessages);
    case 'userAndAssistantMessages':
      return all.flatMap(spoken);
    case 'previousAssistantMessages':
      return earlier;
  }
}

function byMode(parts: HistoryParts, mode: AgentTransferMode, isTransfer: TransferCalls): BrainMessage[] {
  const swapped = [...withoutPrompts(parts.inherited), ...withoutFirstHints(parts.own)];
  switch (mode) {
    case 'rolling-history':
      return wholeHistory(parts);
    case 'swap-system-message-in-history':
      return swapped;
    case 'swap-system-message-in-history-and-remove-transfer-tool-messages':
      return withoutCalls(swapped, isTransfer);
    case 'delete-history':
      return [];
  }
}

function withoutPrompts(messages: readonly BrainMessage[]): BrainMessage[] {
  return messages.filter(({ role }) => role !== 'system');
}

/** A history that began with a hint would be taken for one that brings a prompt. */
function withoutFirstHints(messages: readonly BrainMessage[]): BrainMessage[] {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return first === -1 ? [] : messages.slice(first);
}

/** Results without their call are refused by vendors, so a cut never begins with one; nor with a hint. */
function lastOf(messages: readonly BrainMessage[], count: number | undefined): BrainMessage[] {
  const last = messages.slice(Math.max(0, messages.length - (count ?? messages.length)));
  const first = last.findIndex(({ role }) => role === 'user' || role === 'assistant');
  return first === -1 ? [] : last.slice(first);
}

/** The message without what was done beside it, if words are left. */
function spoken(message: BrainMessage): BrainMessage[] {
  if (message.role !== 'user' && message.role !== 'assistant') return [];
  return message.content === '' ? [] : [{ role: message.role, content: message.content }];
}

function withoutCalls(messages: readonly BrainMessage[], isDropped: TransferCalls): BrainMessage[] {
  return messages.flatMap((message): BrainMessage[] => {
    if (message.role === 'tool') {
      return isDropped({ id: message.toolCallId, name: message.name }) ? [] : [message];
    }
    if (message.role !== 'assistant' || !message.toolCalls) return [message];
    const toolCalls = message.toolCalls.filter((call) => !isDropped(call));
    return toolCalls.length > 0 ? [{ ...message, toolCalls }] : spoken(message);
  });
}
