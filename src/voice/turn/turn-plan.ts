import type { Agent } from '../../domain/agents/agent.ts';
import { effectiveStopPlan } from '../../domain/agents/agent-defaults.ts';
import { type CompiledRule, compileRules, type RefusedRule } from './endpointing-rules.ts';
import { idlePlanOf, planOfDials } from './plan-of-dials.ts';
import { wordsOf } from './words.ts';

/** An agent's dials and its start and stop speaking plans, in milliseconds and ready to be asked. */
export interface TurnPlan {
  readonly waitMs: number;
  readonly onPunctuationMs: number;
  readonly onNoPunctuationMs: number;
  readonly onNumberMs: number;
  readonly rules: readonly CompiledRule[];
  /** A smart endpointing plan takes precedence over the transcriber's own end of turn (vendor's schema), and so do patient dials. */
  readonly trustEndOfTurn: boolean;
  readonly numWords: number;
  readonly voiceMs: number;
  readonly backoffMs: number;
  readonly acknowledgements: readonly (readonly string[])[];
  readonly interruptions: readonly (readonly string[])[];
  /** The caller may cut the agent off. */
  readonly interruptible: boolean;
  readonly silenceTimeoutMs: number;
  /** Times that silence makes the agent ask before it ends the call. */
  readonly idleChecks: number;
}

/** @param onRefused told of each custom endpointing rule that cannot be applied. */
export function turnPlanOf(agent: Agent, onRefused: (refused: RefusedRule) => void): TurnPlan {
  const dialled = planOfDials(agent.dials);
  const start = { ...dialled.start, ...agent.startSpeakingPlan };
  const stop = effectiveStopPlan({ stopSpeakingPlan: { ...dialled.stop, ...agent.stopSpeakingPlan } });
  return {
    waitMs: start.waitSeconds * 1000,
    onPunctuationMs: start.onPunctuationSeconds * 1000,
    onNoPunctuationMs: start.onNoPunctuationSeconds * 1000,
    onNumberMs: start.onNumberSeconds * 1000,
    rules: compileRules(start.customEndpointingRules ?? [], onRefused),
    trustEndOfTurn: dialled.trustEndOfTurn && start.smart?.provider !== 'vapi',
    numWords: stop.numWords,
    voiceMs: stop.voiceSeconds * 1000,
    backoffMs: stop.backoffSeconds * 1000,
    acknowledgements: stop.acknowledgementPhrases.map(wordsOf),
    interruptions: stop.interruptionPhrases.map(wordsOf),
    interruptible: dialled.interruptible,
    ...idlePlanOf(agent),
  };
}
