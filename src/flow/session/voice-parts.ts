import type { Agent, BrainSettings } from '../../domain/agents/agent.ts';
import type { Brain } from '../../voice/llm/contract.ts';
import type { Transcriber } from '../../voice/stt/contract.ts';
import type { Synthesizer } from '../../voice/tts/contract.ts';
import type { VadFactory } from '../../voice/vad/contract.ts';

/** The ears, mind and mouth of one agent, chosen from what it asks for and what this exchange has. */
export interface VoiceParts {
  transcriber: Transcriber;
  synthesizer: Synthesizer;
  brain: Brain;
  /** What the brain is asked with: the agent's own settings, or those of a stand-in. */
  brainSettings: BrainSettings;
  vad: VadFactory;
  /** Where a part is not the one the agent names. */
  warnings: VoiceWarning[];
}

export interface VoiceWarning {
  code: string;
  message: string;
}

/** Wired by main. Without an agent: the offline parts, for a sentence of our own. `warn` is told what fails amid the call. */
export type VoiceFactory = (agent: Agent | undefined, warn: (warning: VoiceWarning) => void) => VoiceParts;
