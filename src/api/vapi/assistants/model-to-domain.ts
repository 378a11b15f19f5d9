import type {
  AgentTool,
  BrainSettings,
  TranscriberSettings,
  VoiceSettings,
} from '../../../domain/agents/agent.ts';
import { compact } from '../fields.ts';
import { toServer } from '../servers/to-domain.ts';
import type { ModelBody, ToolBody, TranscriberBody, VoiceBody } from './model-schema.ts';

/** @param current the brain that this one replaces; see `toServer` for what its tools' servers keep. */
export function toBrain(body: ModelBody, current?: BrainSettings): BrainSettings {
  const { provider, model, url, headers, messages, tools, toolIds, temperature, maxTokens, ...settings } =
    compact(body);
  const empty = Object.entries({ messages, tools, toolIds }).filter(([, list]) => list?.length === 0);
  return {
    provider,
    ...compact({ model, url, headers, temperature, maxTokens }),
    messages: messages ?? [],
    tools: (tools ?? []).map((tool) => toTool(tool, current)),
    toolIds: toolIds ?? [],
    // A list given empty comes back empty, one left out stays out.
    settings: { ...settings, ...Object.fromEntries(empty) },
  };
}

function toTool(body: ToolBody, current?: BrainSettings): AgentTool {
  const { type, function: declared, server, ...settings } = compact(body);
  const { name, description, parameters, ...rest } = compact(declared ?? {});
  const twin = current?.tools.find((tool) => tool.type === type && tool.name === name);
  const keepsRest = declared && (Object.keys(rest).length > 0 || Object.keys(compact(declared)).length === 0);
  return {
    type,
    ...compact({ name, description, parameters }),
    ...(server && { server: toServer(server, twin?.server) }),
    settings: { ...settings, ...(keepsRest && { function: rest }) },
  };
}

export function toVoice(body: VoiceBody): VoiceSettings {
  const { provider, voiceId, model, speed, ...settings } = compact(body);
  return { provider, ...compact({ voiceId, model, speed }), settings };
}

export function toTranscriber(body: TranscriberBody): TranscriberSettings {
  const { provider, model, language, ...settings } = compact(body);
  return { provider, ...compact({ model, language }), settings };
}
