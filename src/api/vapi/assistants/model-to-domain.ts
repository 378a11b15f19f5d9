import type {
  AgentTool,
  BrainSettings,
  TranscriberSettings,
  VoiceSettings,
} from '../../../domain/agents/agent.ts';
import { compact } from '../fields.ts';
import type { Origin } from '../nesting.ts';
import type { ToolBody } from '../tools/schema.ts';
import { toTool } from '../tools/to-domain.ts';
import type { ModelBody, TranscriberBody, VoiceBody } from './model-schema.ts';

/** @param current the brain that this one replaces; see `toServer` for what its tools' servers keep. */
export function toBrain(body: ModelBody, origin: Origin, current?: BrainSettings): BrainSettings {
  const { provider, model, url, headers, messages, tools, toolIds, temperature, maxTokens, ...settings } =
    compact(body);
  const empty = Object.entries({ messages, tools, toolIds }).filter(([, list]) => list?.length === 0);
  return {
    provider,
    ...compact({ model, url, headers, temperature, maxTokens }),
    messages: messages ?? [],
    tools: (tools ?? []).map((tool) => toTool(tool, origin, twinOf(tool, current))),
    toolIds: toolIds ?? [],
    // A list given empty comes back empty, one left out stays out.
    settings: { ...settings, ...Object.fromEntries(empty) },
  };
}

function twinOf(body: ToolBody, current?: BrainSettings): AgentTool | undefined {
  return current?.tools.find(({ type, name }) => type === body.type && name === body.function?.name);
}

export function toVoice(body: VoiceBody): VoiceSettings {
  const { provider, voiceId, model, speed, ...settings } = compact(body);
  return { provider, ...compact({ voiceId, model, speed }), settings };
}

export function toTranscriber(body: TranscriberBody): TranscriberSettings {
  const { provider, model, language, ...settings } = compact(body);
  return { provider, ...compact({ model, language }), settings };
}
