/** Timers that the policy asks for; setting one that runs restarts it. */
export type TurnTimer = 'endpoint' | 'resume' | 'silence';

/** What happened on the line. `at` is when it happened, in milliseconds since the epoch. */
export type TurnEventInput =
  /** The ears are open: silence counts from now. */
  | { type: 'began' }
  /** The VAD is sure that the caller speaks; `at` is the first voiced frame. */
  | { type: 'speech-started'; at: number }
  /** One more voiced frame; `voicedMs` is how much voice this run of speech has held so far. */
  | { type: 'speech-heard'; at: number; voicedMs: number }
  /** The VAD is sure that the caller is silent; `at` is the last voiced frame. */
  | { type: 'speech-stopped'; at: number }
  | { type: 'transcript'; text: string; isFinal: boolean; endOfTurn?: boolean }
  /** The agent has a thing to say of its own accord (first message, announcement). */
  | { type: 'agent-began'; interruptible: boolean }
  /** Its first packet left. */
  | { type: 'agent-audible' }
  /** It has said all and nothing more is coming. */
  | { type: 'agent-finished' }
  /** Text that the caller has heard, for endpointing rules. */
  | { type: 'agent-said'; text: string }
  /** The caller put the line on hold, or took it back: silence on hold is no silence. */
  | { type: 'held' }
  | { type: 'unheld' }
  | { type: 'key-pressed' }
  /** Keys that make one entry and that the brain shall read. */
  | { type: 'keys-entered'; digits: string }
  | { type: 'timer-fired'; timer: TurnTimer };

/** An input with the clock's time when it reached the policy. */
export type TurnInput = TurnEventInput & { now: number };

/** What the caller said in one turn. */
export interface UserTurn {
  text: string;
  startedAt: number;
  endedAt: number;
}

export interface CommittedTurn extends UserTurn {
  /** When the text was there; unset for a turn of keys alone. */
  transcriptAt?: number;
  /** Entries keyed, in order. */
  keys: string[];
  /** The agent must not be heard before this instant. */
  notBefore: number;
}

export type TurnEffect =
  | { type: 'set-timer'; timer: TurnTimer; delayMs: number }
  | { type: 'clear-timer'; timer: TurnTimer }
  /** The turn is the agent's: ask the brain. */
  | { type: 'commit'; turn: CommittedTurn }
  /** Stop sounding at once, keep the rest: it is not known yet whether the caller means to interrupt. */
  | { type: 'pause' }
  /** He did not: go on where it stopped. */
  | { type: 'resume' }
  /** He did: drop what was not heard. `at` is when the agent fell silent for it. */
  | { type: 'interrupt'; at: number; audible: boolean }
  /** Words that took no turn ("uh-huh" while the agent spoke): for the record only. */
  | { type: 'acknowledged'; turn: UserTurn }
  /** Nobody has said anything for a while: ask whether the caller is there. */
  | { type: 'idle' }
  | { type: 'silence-timed-out' };

export interface TurnState {
  /** `idle`: the floor is the caller's. `thinking`: an answer is due but not heard yet. */
  phase: 'idle' | 'thinking' | 'speaking' | 'paused';
  /** Phase to go back to from `paused`. */
  pausedFrom: 'thinking' | 'speaking';
  pausedAt: number;
  interruptible: boolean;
  /** The line is on hold. */
  held: boolean;
  /** Times that the agent has asked since the caller last said something. */
  idleChecks: number;
  /** The VAD hears the caller. */
  userSpeaking: boolean;
  voicedMs: number;
  /** Voice of this run that belongs to the turn before: it interrupts nothing. */
  voicedBaseMs: number;
  lastVoicedAt: number | undefined;
  /** A run of speech ended and its text is not here yet. */
  awaitingFinal: boolean;
  /** A final came while the VAD heard this run: none is owed when it ends. */
  finalInRun: boolean;
  turnStartedAt: number | undefined;
  finals: readonly string[];
  partial: string;
  lastTranscriptAt: number | undefined;
  endOfTurn: boolean;
  /** A partial was taken for want of a final: the final that follows says nothing new. */
  finalIsStale: boolean;
  acknowledgement: (UserTurn & { heardAt: number }) | undefined;
  keys: readonly string[];
  lastAgentText: string;
  /** Output is blocked until then, after an interruption. */
  blockedUntil: number;
}

export const INITIAL_TURN_STATE: TurnState = {
  phase: 'idle',
  pausedFrom: 'speaking',
  pausedAt: 0,
  interruptible: true,
  held: false,
  idleChecks: 0,
  userSpeaking: false,
  voicedMs: 0,
  voicedBaseMs: 0,
  lastVoicedAt: undefined,
  awaitingFinal: false,
  finalInRun: false,
  turnStartedAt: undefined,
  finals: [],
  partial: '',
  lastTranscriptAt: undefined,
  endOfTurn: false,
  finalIsStale: false,
  acknowledgement: undefined,
  keys: [],
  lastAgentText: '',
  blockedUntil: 0,
};
