import type { Agent, AgentTool, BrainSettings, CollectedField } from '../../domain/agents/agent.ts';
import type { ScenarioRepository } from '../../domain/knowledge/knowledge-repository.ts';
import type { PartRepository } from '../../domain/parts/part-repository.ts';
import {
  aboutField,
  markDoNotCallTool,
  saveFieldsTool,
  searchKnowledgeTool,
} from '../../voice/tools/exchange-tools.ts';

/** What an agent is given by its settings, beside the prompt and the tools that stand in it. */
export interface AgentMeans {
  /** Added to its prompt, in this order. */
  texts: string[];
  tools: AgentTool[];
}

export interface MeansDirectory {
  /** Prompt templates are prompts. */
  parts: Pick<PartRepository, 'get'>;
  scenarios: Pick<ScenarioRepository, 'get'>;
}

const FIELDS_TEXT =
  'In the course of the call ask the caller for what is listed here, one thing at a time and only for what you do not know yet. Save each with the tool save_fields as soon as you know it.';

/** @returns with what it names and the store lacks. */
export async function meansOf(
  agent: Agent,
  { parts, scenarios }: MeansDirectory,
): Promise<AgentMeans & { missing: string[] }> {
  const { orgId, promptPlan, scenarioIds = [], handoffDestination } = agent;
  const missing: string[] = [];
  const texts: string[] = [];
  const templateId = promptPlan?.template?.id;
  if (templateId !== undefined) {
    const template = await parts.get(orgId, 'prompt', templateId);
    if (template) texts.push(template.content);
    else missing.push(`prompt template ${templateId} does not exist`);
  }
  const found = await Promise.all(scenarioIds.map((id) => scenarios.get(orgId, id)));
  for (const [index, scenario] of found.entries()) {
    if (scenario) texts.push(`${scenario.title}\n${scenario.content}`);
    else missing.push(`scenario ${scenarioIds[index]} does not exist`);
  }
  const fields = fieldsOf(agent);
  if (fields.length > 0) texts.push([FIELDS_TEXT, ...fields.map(listed)].join('\n'));
  const tools = [
    ...(handoffDestination
      ? [{ type: 'transferCall', destinations: [handoffDestination], settings: {} }]
      : []),
    ...(agent.usesKnowledge ? [searchKnowledgeTool()] : []),
    ...(fields.length > 0 ? [saveFieldsTool(fields)] : []),
    ...(agent.doNotCallDetection ? [markDoNotCallTool()] : []),
  ];
  return { texts: texts.filter((text) => text.trim() !== ''), tools, missing };
}

/** The fields that the agent asks for, each name once. */
export function fieldsOf({
  promptPlan,
  dataCollection,
}: Pick<Agent, 'promptPlan' | 'dataCollection'>): CollectedField[] {
  const all = [...(promptPlan?.collectFields ?? []), ...(dataCollection?.fields ?? [])];
  return [...new Map(all.map((field) => [field.name, field])).values()];
}

/** Without a colon: the scripted brain takes `name: text` for a fact that it may tell. */
function listed(field: CollectedField): string {
  return `- ${field.name} (${aboutField(field)})`;
}

/** The brain with its means: texts behind its last system message, tools behind its own. */
export function equipped(brain: BrainSettings, { texts, tools }: AgentMeans): BrainSettings {
  const behind = brain.messages.findLastIndex(({ role }) => role === 'system') + 1;
  const messages = brain.messages.toSpliced(
    behind,
    0,
    ...texts.map((content) => ({ role: 'system' as const, content })),
  );
  return { ...brain, messages, tools: [...brain.tools, ...tools] };
}
