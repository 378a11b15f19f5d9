import type {
  Agent,
  AgentTool,
  BrainSettings,
  PromptMessage,
  ToolDestination,
  ToolMessage,
} from '../../domain/agents/agent.ts';
import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { CustomMessage } from '../../domain/numbers/destination.ts';
import type { BrainMessage } from '../llm/contract.ts';
import { builtInVariables, renderTemplate } from '../llm/template.ts';
import { asTemplate, CONTEXT_VARIABLE } from './context-names.ts';

/** What the agent is told and says of its own, with all variables filled in. */
export interface AgentScript {
  prompt: BrainMessage[];
  /** For the brain: with the filled prompt and the defaults. */
  settings: BrainSettings;
  firstMessage: string;
  endCallMessage: string;
}

type Fill = (text: string) => Promise<string>;

/**
 * @param variables with {@link CONTEXT_VARIABLE} where the call has a context: then `${name}` is filled as well.
 * @param onProblem told of each template that is broken; its text is then used as it was written.
 */
export async function agentScriptOf(
  agent: Agent,
  variables: Record<string, unknown>,
  now: Date,
  onProblem: (problem: string) => void,
): Promise<AgentScript> {
  const known = { ...builtInVariables(now), ...variables };
  const hasContext = typeof variables[CONTEXT_VARIABLE] === 'object';
  const fill: Fill = (text) => renderTemplate(hasContext ? asTemplate(text) : text, known, onProblem);
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
  const [messages, tools] = await Promise.all([
    Promise.all(
      settings.messages.map(async (message) => ({ ...message, content: await fill(message.content) })),
    ),
    Promise.all(settings.tools.map((tool) => fillTool(tool, fill))),
  ]);
  return {
    ...settings,
    messages,
    tools,
    temperature: settings.temperature ?? AGENT_DEFAULTS.temperature,
    maxTokens: settings.maxTokens ?? AGENT_DEFAULTS.maxTokens,
  };
}

/** The tool with the variables of all that it says filled in. */
async function fillTool(tool: AgentTool, fill: Fill): Promise<AgentTool> {
  const { messages, destinations } = tool;
  return {
    ...tool,
    ...(messages && { messages: await Promise.all(messages.map((message) => fillWords(message, fill))) }),
    ...(destinations && {
      destinations: await Promise.all(destinations.map((destination) => fillDestination(destination, fill))),
    }),
  };
}

async function fillDestination(destination: ToolDestination, fill: Fill): Promise<ToolDestination> {
  if (destination.type === 'dynamic' || destination.message === undefined) return destination;
  const { message } = destination;
  return {
    ...destination,
    message: typeof message === 'string' ? await fill(message) : await fillWords(message, fill),
  };
}

async function fillWords<T extends ToolMessage | CustomMessage>(words: T, fill: Fill): Promise<T> {
  const { content, contents } = words;
  return {
    ...words,
    ...(content !== undefined && { content: await fill(content) }),
    ...(contents && {
      contents: await Promise.all(
        contents.map(async (variant) => ({ ...variant, text: await fill(variant.text) })),
      ),
    }),
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

/** Who finds the agent's first words; without any it waits for the caller. @param takesOver amid a call, from another agent. */
export function firstWordsFrom(agent: Agent, { firstMessage }: AgentScript, takesOver: boolean) {
  const generated = agent.firstMessageMode === 'assistant-speaks-first-with-model-generated-message';
  if (generated || isAudioUrl(firstMessage)) return 'brain';
  if (firstMessage !== '') return 'script';
  // Who takes over must not leave the caller waiting for a word.
  return takesOver ? 'brain' : 'nobody';
}
