import type { Agent, KeypadInputPlan, StopSpeakingPlan } from './agent.ts';

/** Defaults of the vendor's assistant, so that a moved assistant behaves as it did (docs.vapi.ai, assistants). */
export const AGENT_DEFAULTS = {
  maxDurationSeconds: 600,
  silenceTimeoutSeconds: 30,
  temperature: 0.5,
  maxTokens: 250,
  language: 'en',
} as const;

/** Seconds of the vendor's start speaking plan. */
export const START_SPEAKING_DEFAULTS = {
  waitSeconds: 0.4,
  onPunctuationSeconds: 0.1,
  onNoPunctuationSeconds: 1.5,
  onNumberSeconds: 0.5,
} as const;

export const STOP_SPEAKING_DEFAULTS = {
  numWords: 0,
  voiceSeconds: 0.2,
  backoffSeconds: 1,
  acknowledgementPhrases: [
    'i understand',
    'i see',
    'i got it',
    'i hear you',
    'im listening',
    'im with you',
    'right',
    'okay',
    'ok',
    'sure',
    'alright',
    'got it',
    'understood',
    'yeah',
    'yes',
    'uh-huh',
    'mm-hmm',
    'gotcha',
    'mhmm',
    'ah',
    'yeah okay',
    'yeah sure',
  ],
  interruptionPhrases: [
    'stop',
    'shut',
    'up',
    'enough',
    'quiet',
    'silence',
    'but',
    'dont',
    'not',
    'no',
    'hold',
    'wait',
    'cut',
    'pause',
    'nope',
    'nah',
    'nevermind',
    'never',
    'bad',
    'actually',
  ],
} as const;

export const KEYPAD_DEFAULTS = { enabled: false, timeoutSeconds: 2, delimiters: '' } as const;

export type EffectiveStopPlan = Required<StopSpeakingPlan>;

export function effectiveStopPlan(agent: Pick<Agent, 'stopSpeakingPlan'>): EffectiveStopPlan {
  const { acknowledgementPhrases, interruptionPhrases, ...rest } = STOP_SPEAKING_DEFAULTS;
  return {
    ...rest,
    acknowledgementPhrases: [...acknowledgementPhrases],
    interruptionPhrases: [...interruptionPhrases],
    ...agent.stopSpeakingPlan,
  };
}

export function effectiveKeypadPlan(agent: Agent): Required<KeypadInputPlan> {
  return { ...KEYPAD_DEFAULTS, ...agent.keypadInputPlan };
}
