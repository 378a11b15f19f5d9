import type { Agent, BrainSettings, PromptMessage } from '../../domain/agents/agent.ts';
import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { BrainMessage } from '../llm/contract.ts';
import { builtInVariables, renderTemplate } from '../llm/template.ts';

/** What the agent is told and says of its own, with all variables filled in. */
export interface AgentScript {
  prompt: BrainMessage[];
  /** For the brain: with the filled prompt and the defaults. */
  settings: BrainSettings;
  firstMessage: string;
  endCallMessage: string;
}

type Fill = (text: string) => Promise<string>;

/** @param onProblem told of each template that is broken; its text is then used as it was written. */
export async function agentScriptOf(
  agent: Agent,
  variables: Record<string, unknown>,
  now: Date,
  onProblem: (problem: string) => void,
): Promise<AgentScript> {
  const known = { ...builtInVariables(now), ...variables };
  const fill: Fill = (text) => renderTemplate(text, known, onProblem);
  const [firstMessage, endCallMessage, settings] = await Promise.all([
    fill(agent.firstMessage ?? ''),
    fill(agent.endCallMessage ?? ''),
    fillSettings(agent.brain, fill),
  ]);
  return {
    prompt: settings.messages.map(promptMessageOf),
    settings,
    firstMessage: firstMessage.trim(),
    endCallMessage: endCallMessage.trim(),
  };
}

async function fillSettings(brain: BrainSettings | undefined, fill: Fill): Promise<BrainSettings> {
  const settings = brain ?? { provider: 'scripted', messages: [], tools: [], toolIds: [], settings: {} };
  const messages = await Promise.all(
    settings.messages.map(async (message) => ({ ...message, content: await fill(message.content) })),
  );
  return {
    ...settings,
    messages,
    temperature: settings.temperature ?? AGENT_DEFAULTS.temperature,
    maxTokens: settings.maxTokens ?? AGENT_DEFAULTS.maxTokens,
  };
}

/** Results of tools and functions in a prompt belong to no call that a vendor would accept: they become plain facts. */
function promptMessageOf({ role, content }: PromptMessage): BrainMessage {
  return role === 'user' || role === 'assistant' ? { role, content } : { role: 'system', content };
}

/** Whether a first message is the URL of a recording, and no text. Such a recording is not played yet. */
export function isAudioUrl(firstMessage: string): boolean {
  return /^https?:\/\/\S+$/i.test(firstMessage);
}
