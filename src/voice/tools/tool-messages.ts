import type { AgentTool, ToolMessage } from '../../domain/agents/agent.ts';
import type { CustomMessage } from '../../domain/numbers/destination.ts';
import { conditionsHold } from './tool-conditions.ts';

/** The messages of a kind whose conditions hold. `none` given at all is something else than none that fits. */
export function messagesFor(
  tool: AgentTool,
  type: ToolMessage['type'],
  input: unknown,
): { given: boolean; eligible: ToolMessage[] } {
  const ofType = (tool.messages ?? []).filter((message) => message.type === type);
  return {
    given: ofType.length > 0,
    eligible: ofType.filter(({ conditions }) => conditionsHold(conditions, input)),
  };
}

/**
 * The words of a message. `contents` goes before `content`: the very language, else its primary subtag, else the first
 * (the vendor would translate it).
 */
export function wordsOf(message: string | ToolMessage | CustomMessage, language: string): string {
  if (typeof message === 'string') return message.trim();
  const { content = '', contents = [] } = message;
  const wanted = language.toLowerCase();
  const found =
    contents.find((variant) => variant.language.toLowerCase() === wanted) ??
    contents.find((variant) => primary(variant.language) === primary(wanted)) ??
    contents[0];
  return (found?.text ?? content).trim();
}

function primary(language: string): string {
  return language.toLowerCase().split(/[-_]/, 1)[0] ?? '';
}
