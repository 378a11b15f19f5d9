import type { AgentTool, PromptMessage } from '../../domain/agents/agent.ts';
import { PhraseMatcher } from './phrase-matcher.ts';
import { type Fact, parseFacts } from './script-facts.ts';
import { toolWords } from './tool-slots.ts';
import { destinationLabel, movesCaller, TRANSFER_WORDS } from './transfer-words.ts';

/** All that a scripted agent knows and can do. */
export interface Script {
  facts: readonly Fact[];
  topics: readonly string[];
  /** Tools of servers and of transfers; `endCall` and `dtmf` are asked for in their own ways. */
  tools: readonly AgentTool[];
  /** It presses keys of the telephone when asked. */
  pressesKeys: boolean;
  matcher: PhraseMatcher<Fact | AgentTool>;
}

const OWN_WAYS = new Set(['endCall', 'dtmf']);

function enumValues(tool: AgentTool): string[] {
  const { properties } = tool.parameters ?? {};
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.values(properties as Record<string, { enum?: unknown } | null>).flatMap((schema) =>
    Array.isArray(schema?.enum)
      ? schema.enum.filter((value) => typeof value === 'string').map(toolWords)
      : [],
  );
}

function namesOf(tool: AgentTool): string[] {
  const name = toolWords(tool.name ?? '');
  return movesCaller(tool)
    ? [name, TRANSFER_WORDS, ...(tool.destinations ?? []).map(destinationLabel)]
    : [name];
}

/** Reads the script of an agent from its prompt and tools. */
export function readScript(
  messages: readonly Pick<PromptMessage, 'role' | 'content'>[],
  tools: readonly AgentTool[],
): Script {
  const facts = parseFacts(messages);
  const functions = tools.filter(({ type, name }) => name !== undefined && !OWN_WAYS.has(type));
  return {
    facts,
    topics: facts.flatMap(({ topic }) => topic ?? []),
    tools: functions,
    pressesKeys: tools.some(({ type }) => type === 'dtmf'),
    matcher: new PhraseMatcher<Fact | AgentTool>([
      ...facts.map((fact) => ({
        value: fact,
        names: [fact.topic ?? '', fact.question ?? ''],
        details: [fact.answer],
      })),
      ...functions.map((tool) => ({
        value: tool,
        names: namesOf(tool),
        details: [tool.description ?? '', ...enumValues(tool)],
      })),
    ]),
  };
}
