import type { BrainSettings, TranscriberSettings, VoiceSettings } from '../../../domain/agents/agent.ts';
import { Secret } from '../../../lib/secret.ts';
import { fromTool } from '../tools/from-domain.ts';

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

/** A key that a voice brings is another API's, and a secret. */
export function fromVoice({ settings, ...rest }: VoiceSettings): Json {
  const shown = Object.entries(settings).filter(([, value]) => !(value instanceof Secret));
  return { ...Object.fromEntries(shown), ...rest };
}

export function fromTranscriber({ settings, ...rest }: TranscriberSettings): Json {
  return { ...settings, ...rest };
}
