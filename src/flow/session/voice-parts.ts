import type { Agent } from '../../domain/agents/agent.ts';
import type { Brain } from '../../voice/llm/contract.ts';
import type { Transcriber } from '../../voice/stt/contract.ts';
import type { Synthesizer } from '../../voice/tts/contract.ts';
import type { VadFactory } from '../../voice/vad/contract.ts';

/** The ears, mind and mouth of one agent, chosen from what it asks for and what this exchange has. */
export interface VoiceParts {
  transcriber: Transcriber;
  synthesizer: Synthesizer;
  brain: Brain;
  vad: VadFactory;
  /** Where a part is not the one the agent names. */
  warnings: { code: string; message: string }[];
}

/** Wired by main. Without an agent: the offline parts, for a sentence of our own. */
export type VoiceFactory = (agent: Agent | undefined) => VoiceParts;
