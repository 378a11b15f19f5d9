import type { Agent, ConversationDials, StopSpeakingPlan } from '../../domain/agents/agent.ts';
import {
  AGENT_DEFAULTS,
  START_SPEAKING_DEFAULTS,
  STOP_SPEAKING_DEFAULTS,
} from '../../domain/agents/agent-defaults.ts';

type StartWaits = Record<keyof typeof START_SPEAKING_DEFAULTS, number>;
type EndingWaits = Omit<StartWaits, 'waitSeconds'>;

/** What dials make of an agent's turns; an explicit speaking plan goes before each of its values. */
export interface DialledPlan {
  start: StartWaits;
  stop: StopSpeakingPlan;
  /**
   * The turn is over as soon as the transcriber is sure of it. Not where the waits are for a caller who pauses amid what he
   * says: transcribers are sure after a second, and the longer wait would never be heard.
   */
  trustEndOfTurn: boolean;
  /** Nothing that the caller says cuts the agent off. */
  interruptible: boolean;
}

/** What silence on both sides leads to. */
export interface IdlePlan {
  /** Silence before each question and, after the last one, before the call ends. */
  silenceTimeoutMs: number;
  /** How often the agent asks whether anybody is there. */
  idleChecks: number;
}

/** Seconds. Takes the end of a sentence or a short pause for the end of the turn. */
const SENSITIVE: EndingWaits = {
  onPunctuationSeconds: 0.1,
  onNoPunctuationSeconds: 0.6,
  onNumberSeconds: 0.4,
};
/** Seconds. Lets a caller think in the midst of a sentence. The vendor's `auto` is the same today. */
const RELAXED: EndingWaits = { onPunctuationSeconds: 0.6, onNoPunctuationSeconds: 1.8, onNumberSeconds: 1 };
/** Seconds. A menu pauses between its choices: an answer amid them would press the wrong key. */
const MENU: EndingWaits = { onPunctuationSeconds: 2, onNoPunctuationSeconds: 2.5, onNumberSeconds: 2 };

const ENDINGS = { sensitive: SENSITIVE, relaxed: RELAXED, auto: RELAXED } as const;

/** Bounds of `conversationSpeed`, which the vendor states. */
const SLOWEST = 0.5;
const FASTEST = 2;

/** Seconds of silence before the first question where nothing else is said (docs.vocode.dev, idle). */
const ASK_AFTER_SECONDS = 15;
/** One question, then as much silence again: the 30 s after which the vendor ends a silent call. */
const IDLE_CHECKS = 1;
/** Seconds. A queue of a call centre holds the line so long (docs.vocode.dev, IVR navigation). */
const MENU_PATIENCE_SECONDS = 600;

/** Pure: the waits of the dials, all divided by the speed. Without dials these are the defaults. */
export function planOfDials(dials: ConversationDials = {}): DialledPlan {
  const { conversationSpeed = 1, interruptible = true } = dials;
  const speed = Math.min(FASTEST, Math.max(SLOWEST, conversationSpeed));
  const endings = endingsOf(dials);
  const { waitSeconds, onPunctuationSeconds, onNoPunctuationSeconds, onNumberSeconds } = {
    ...START_SPEAKING_DEFAULTS,
    ...endings,
  };
  return {
    start: {
      waitSeconds: waitSeconds / speed,
      onPunctuationSeconds: onPunctuationSeconds / speed,
      onNoPunctuationSeconds: onNoPunctuationSeconds / speed,
      onNumberSeconds: onNumberSeconds / speed,
    },
    stop: { ...stopOf(dials), backoffSeconds: STOP_SPEAKING_DEFAULTS.backoffSeconds / speed },
    trustEndOfTurn: endings !== RELAXED && endings !== MENU,
    interruptible,
  };
}

function endingsOf({ ivrNavigationMode, endpointingSensitivity }: ConversationDials): Partial<EndingWaits> {
  if (ivrNavigationMode === 'default') return MENU;
  return endpointingSensitivity ? ENDINGS[endpointingSensitivity] : {};
}

function stopOf({ interruptSensitivity }: ConversationDials): StopSpeakingPlan {
  switch (interruptSensitivity) {
    // A voice without words does not even make the agent pause, and "uh-huh" is no word.
    case 'low':
      return { numWords: 1 };
    case 'high':
      return { numWords: 0, acknowledgementPhrases: [] };
    default:
      return {};
  }
}

/**
 * Pure: how long silence lasts before the agent asks or the call ends. `idleTimeSeconds` goes before the agent's own
 * silence time-out, since it says the same thing with the questions in view.
 */
export function idlePlanOf({
  dials = {},
  silenceTimeoutSeconds,
}: Pick<Agent, 'dials' | 'silenceTimeoutSeconds'>): IdlePlan {
  const { idleTimeSeconds, askIfPresentOnIdle, maxIdleChecks = IDLE_CHECKS, ivrNavigationMode } = dials;
  // Whoever holds the line for a menu says nothing of its own.
  const navigates = ivrNavigationMode === 'default';
  const asks = askIfPresentOnIdle === true && !navigates;
  const patience = navigates ? MENU_PATIENCE_SECONDS : asks ? ASK_AFTER_SECONDS : undefined;
  const seconds =
    idleTimeSeconds ?? patience ?? silenceTimeoutSeconds ?? AGENT_DEFAULTS.silenceTimeoutSeconds;
  return { silenceTimeoutMs: seconds * 1000, idleChecks: asks ? Math.max(0, maxIdleChecks) : 0 };
}
