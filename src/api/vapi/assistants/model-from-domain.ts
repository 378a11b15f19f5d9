import type {
  AgentTool,
  BrainSettings,
  TranscriberSettings,
  VoiceSettings,
} from '../../../domain/agents/agent.ts';
import { fromServer } from '../servers/from-domain.ts';

type Json = Record<string, unknown>;

export function fromBrain(brain: BrainSettings): Json {
  const { settings, messages, tools, toolIds, ...rest } = brain;
  return {
    ...settings,
    ...rest,
    ...(messages.length > 0 && { messages }),
    ...(tools.length > 0 && { tools: tools.map(fromTool) }),
    ...(toolIds.length > 0 && { toolIds }),
  };
}

function fromTool(tool: AgentTool): Json {
  const { type, server, settings, name, description, parameters } = tool;
  const declared = {
    ...(settings.function as Json | undefined),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
  };
  const hasFunction = Object.keys(declared).length > 0 || settings.function !== undefined;
  return {
    ...settings,
    type,
    ...(hasFunction && { function: declared }),
    ...(server && { server: fromServer(server) }),
  };
}

export function fromVoice({ settings, ...rest }: VoiceSettings): Json {
  return { ...settings, ...rest };
}

export function fromTranscriber({ settings, ...rest }: TranscriberSettings): Json {
  return { ...settings, ...rest };
}
