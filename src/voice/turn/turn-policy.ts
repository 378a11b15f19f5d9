import type { CommittedTurn, TurnEffect, TurnInput, TurnState, UserTurn } from './turn-contract.ts';
import type { TurnPlan } from './turn-plan.ts';
import { consistsOfPhrases, containsPhrase, endsSentence, endsWithNumber, wordsOf } from './words.ts';

/** Silence after a voice without words that proves it was a cough: then the agent goes on. Livekit's figure. */
const FALSE_INTERRUPTION_MS = 2000;
/** How long a partial or a run of voice waits for its final text. Transcribers send it within this; a lost one must not hold the turn for ever. */
const FINAL_GRACE_MS = 1500;
/** Voice that goes on and on without a new word is noise: after this long it no longer holds the agent back. */
const NOISE_HOLD_MS = 4000;
/** An acknowledgement so shortly before the agent's end is the answer to what it asked, no mere "uh-huh". */
const ANSWER_WINDOW_MS = 1000;

type Handlers = {
  [K in TurnInput['type']]: (turn: Step, input: Extract<TurnInput, { type: K }>) => void;
};

interface Step {
  readonly plan: TurnPlan;
  readonly now: number;
  readonly effects: TurnEffect[];
  state: TurnState;
}

/**
 * Whose turn is it? Decides from voice, text, keys and time when the agent may speak and when it must yield.
 *
 * Start (docs.vapi.ai, startSpeakingPlan): a turn is committed some time after the last transcript, while the VAD
 * hears nobody: the first custom rule that matches says how long, else the transcriber's own end of turn (no wait),
 * else the text's ending (number, punctuation, none). `waitSeconds` never delays the request to the brain: it is the
 * least time between commit and the agent's first sound, so it hides the brain's and the voice's latency.
 *
 * Stop (stopSpeakingPlan): with `numWords` 0, `voiceSeconds` of voice *pauses* the agent; words that are no
 * acknowledgement make it an interruption, none within {@link FALSE_INTERRUPTION_MS} make it go on. With `numWords`
 * above 0 only words count. Interruption phrases always count. `backoffSeconds` keeps it silent after that.
 * Before an answer is audible any new word takes the turn back, so that both parts get one answer.
 * Words that interrupt nothing are kept and get their turn when the agent has finished.
 *
 * Pure: same state, input and plan, same result (rules may remember that they were too slow).
 */
export function reduceTurn(
  state: TurnState,
  input: TurnInput,
  plan: TurnPlan,
): { state: TurnState; effects: TurnEffect[] } {
  const step: Step = { plan, now: input.now, effects: [], state: { ...state } };
  const handle = HANDLERS[input.type] as (turn: Step, input: TurnInput) => void;
  handle(step, input);
  return { state: step.state, effects: step.effects };
}

/** Text of the caller's turn so far. */
export function pendingText(state: TurnState): string {
  return [...state.finals, state.partial].filter((part) => part !== '').join(' ');
}

/** What the caller has said and nobody has taken yet, at the end of a call. */
export function unansweredTurns(state: TurnState, now: number): UserTurn[] {
  const text = pendingText(state);
  const startedAt = state.turnStartedAt ?? now;
  const endedAt = Math.max(startedAt, state.lastVoicedAt ?? now);
  const { acknowledgement: held } = state;
  return [
    ...(held ? [{ text: held.text, startedAt: held.startedAt, endedAt: held.endedAt }] : []),
    ...(text === '' ? [] : [{ text, startedAt, endedAt }]),
  ];
}

const HANDLERS: Handlers = {
  began: (turn) => restartSilence(turn),

  held: (turn) => {
    turn.state.held = true;
    clear(turn, 'silence');
  },

  unheld: (turn) => {
    turn.state.held = false;
    if (turn.state.phase === 'idle' && !turn.state.userSpeaking) restartSilence(turn);
  },

  'speech-started': (turn, { at }) => {
    const { state } = turn;
    state.userSpeaking = true;
    state.voicedMs = 0;
    state.voicedBaseMs = 0;
    state.lastVoicedAt = at;
    state.finalIsStale = false;
    state.finalInRun = false;
    state.endOfTurn = false;
    if (pendingText(state) === '' && !state.awaitingFinal) state.turnStartedAt = at;
    state.turnStartedAt ??= at;
    clear(turn, 'silence');
    if (state.phase === 'paused') set(turn, 'resume', NOISE_HOLD_MS);
    if (state.phase === 'idle') scheduleEndpoint(turn);
  },

  'speech-heard': (turn, { at, voicedMs }) => {
    const { state, plan } = turn;
    state.voicedMs = voicedMs;
    state.lastVoicedAt = at;
    const byVoice = state.phase === 'thinking' || (state.phase === 'speaking' && plan.numWords === 0);
    if (byVoice && state.interruptible && voicedMs - state.voicedBaseMs >= plan.voiceMs) pause(turn);
  },

  'speech-stopped': (turn, { at }) => {
    const { state } = turn;
    state.userSpeaking = false;
    state.lastVoicedAt = at;
    state.awaitingFinal = !state.finalInRun;
    if (state.phase === 'idle') {
      restartSilence(turn);
      scheduleEndpoint(turn);
    } else if (state.phase === 'paused') settlePause(turn);
  },

  transcript: (turn, input) => {
    const { state } = turn;
    if (state.finalIsStale) {
      if (input.isFinal) state.finalIsStale = false;
      return;
    }
    const answersRun = input.isFinal && state.awaitingFinal && !state.userSpeaking;
    takeTranscript(turn, input);
    if (pendingText(state) !== '') state.turnStartedAt ??= turn.now;
    if (state.phase !== 'idle') weighInterruption(turn);
    if (state.phase === 'idle') {
      if (input.text !== '') restartSilence(turn);
      scheduleEndpoint(turn);
    } else if (state.phase === 'paused') {
      // The voice that paused us held no words: no need to wait for them.
      if (answersRun && pendingText(state) === '') resume(turn);
      else if (input.text !== '') settlePause(turn);
    }
  },

  'agent-began': (turn, { interruptible }) => {
    clear(turn, 'silence');
    clear(turn, 'endpoint');
    clear(turn, 'resume');
    if (turn.state.phase === 'paused') turn.effects.push({ type: 'resume' });
    turn.state.phase = 'thinking';
    turn.state.interruptible = interruptible && turn.plan.interruptible;
    turn.state.voicedBaseMs = turn.state.voicedMs;
  },

  'agent-audible': ({ state }) => {
    if (state.phase === 'thinking') state.phase = 'speaking';
    else if (state.phase === 'paused') state.pausedFrom = 'speaking';
  },

  'agent-finished': (turn) => {
    const { state } = turn;
    if (state.phase === 'idle') return;
    if (state.phase === 'paused') turn.effects.push({ type: 'resume' });
    state.phase = 'idle';
    clear(turn, 'resume');
    restartSilence(turn);
    const { acknowledgement } = state;
    if (acknowledgement && turn.now - acknowledgement.heardAt <= ANSWER_WINDOW_MS) {
      state.acknowledgement = undefined;
      state.turnStartedAt = acknowledgement.startedAt;
      state.finals = [acknowledgement.text, ...state.finals];
      state.lastTranscriptAt ??= acknowledgement.heardAt;
    } else reportAcknowledgement(turn);
    if (state.keys.length > 0) commit(turn);
    else scheduleEndpoint(turn);
  },

  'agent-said': ({ state }, { text }) => {
    state.lastAgentText = text;
  },

  'key-pressed': (turn) => {
    turn.state.idleChecks = 0;
    if (turn.state.phase === 'idle') restartSilence(turn);
  },

  'keys-entered': (turn, { digits }) => {
    const { state } = turn;
    state.keys = [...state.keys, digits];
    if (state.phase !== 'idle' && state.interruptible) interrupt(turn, { backoff: false });
    if (state.phase === 'idle') commit(turn);
  },

  'timer-fired': (turn, { timer }) => {
    const { state } = turn;
    if (timer === 'endpoint' && state.phase === 'idle' && pendingText(state) !== '') {
      commit(turn);
      ignoreRunningVoice(state);
    }
    if (timer === 'resume' && state.phase === 'paused') resume(turn);
    if (timer === 'silence' && state.phase === 'idle') {
      if (state.userSpeaking || pendingText(state) !== '') restartSilence(turn);
      else timeOut(turn);
    }
  },
};

/** Silence of both: the agent asks as often as its plan says, then it gives up. */
function timeOut(turn: Step): void {
  const { state, plan, effects } = turn;
  if (state.idleChecks >= plan.idleChecks) effects.push({ type: 'silence-timed-out' });
  else {
    state.idleChecks += 1;
    effects.push({ type: 'idle' });
    // Also where nobody can ask now: the call still ends some time.
    restartSilence(turn);
  }
}

function takeTranscript(turn: Step, input: Extract<TurnInput, { type: 'transcript' }>): void {
  const { state } = turn;
  const text = input.text.trim();
  // A final that comes while the caller speaks again, after a pause, is about what he said before the pause.
  const ofEarlierRun = state.userSpeaking && state.awaitingFinal;
  if (input.isFinal) {
    if (!ofEarlierRun) state.finalInRun = state.userSpeaking;
    if (text !== '') state.finals = [...state.finals, text];
    state.partial = '';
    state.awaitingFinal = false;
  } else state.partial = text;
  if (text !== '') state.lastTranscriptAt = turn.now;
  if (input.isFinal && input.endOfTurn) state.endOfTurn = !ofEarlierRun;
  else if (text !== '') state.endOfTurn = false;
}

/** The caller says words while the agent thinks, speaks or is paused. */
function weighInterruption(turn: Step): void {
  const { state, plan } = turn;
  const words = wordsOf(pendingText(state));
  if (words.length === 0) return;
  const insists = containsPhrase(words, plan.interruptions);
  if (!insists && consistsOfPhrases(words, plan.acknowledgements)) {
    holdAcknowledgement(turn);
    return;
  }
  if (!state.interruptible) return;
  const audible = state.phase === 'speaking' || (state.phase === 'paused' && state.pausedFrom === 'speaking');
  if (audible && !insists && words.length < plan.numWords) return;
  interrupt(turn, { backoff: true });
}

/** Final words that only acknowledge are set aside, so that what follows is weighed by itself. */
function holdAcknowledgement(turn: Step): void {
  const { state } = turn;
  if (state.partial !== '' || state.userSpeaking) return;
  reportAcknowledgement(turn);
  state.acknowledgement = { ...takeUserTurn(turn), heardAt: turn.now };
  if (state.phase === 'paused') resume(turn);
}

function settlePause(turn: Step): void {
  const { state, plan } = turn;
  if (state.userSpeaking) return;
  if (consistsOfPhrases(wordsOf(pendingText(state)), plan.acknowledgements) && state.partial === '') {
    holdAcknowledgement(turn);
    return;
  }
  set(turn, 'resume', FALSE_INTERRUPTION_MS);
}

function pause(turn: Step): void {
  const { state } = turn;
  state.pausedFrom = state.phase === 'thinking' ? 'thinking' : 'speaking';
  state.phase = 'paused';
  state.pausedAt = turn.now;
  turn.effects.push({ type: 'pause' });
  set(turn, 'resume', NOISE_HOLD_MS);
}

function resume(turn: Step): void {
  const { state } = turn;
  clear(turn, 'resume');
  state.phase = state.pausedFrom;
  ignoreRunningVoice(state);
  turn.effects.push({ type: 'resume' });
}

/** Voice that was held to be noise interrupts nothing until it has ended. */
function ignoreRunningVoice(state: TurnState): void {
  state.voicedBaseMs = state.userSpeaking ? Number.POSITIVE_INFINITY : state.voicedMs;
}

function interrupt(turn: Step, { backoff }: { backoff: boolean }): void {
  const { state, plan } = turn;
  const paused = state.phase === 'paused';
  const at = paused ? state.pausedAt : turn.now;
  const audible = state.phase === 'speaking' || (paused && state.pausedFrom === 'speaking');
  clear(turn, 'resume');
  state.phase = 'idle';
  if (audible && backoff) state.blockedUntil = at + plan.backoffMs;
  turn.effects.push({ type: 'interrupt', at, audible });
}

function scheduleEndpoint(turn: Step): void {
  const { state, now } = turn;
  const text = pendingText(state);
  if (text === '') return;
  const { waitMs, sure } = endpointWait(turn, text);
  let from = Math.max(state.lastTranscriptAt ?? now, state.lastVoicedAt ?? 0);
  let delayMs = waitMs;
  if (sure && waitMs === 0) from = now;
  else if (state.userSpeaking && !sure) {
    from = now;
    delayMs = Math.max(delayMs, NOISE_HOLD_MS);
  } else if (state.partial !== '' || state.awaitingFinal) delayMs = Math.max(delayMs, FINAL_GRACE_MS);
  const remainingMs = from + delayMs - now;
  if (remainingMs <= 0) commit(turn);
  else set(turn, 'endpoint', remainingMs);
}

/** Precedence of the vendor's schema: custom rule, transcriber's end of turn, ending of the text. */
function endpointWait({ state, plan }: Step, text: string): { waitMs: number; sure: boolean } {
  const sure = state.endOfTurn && plan.trustEndOfTurn && state.partial === '';
  const rule = plan.rules.find((candidate) => candidate.matches(state.lastAgentText, text));
  if (rule) return { waitMs: rule.timeoutMs, sure };
  if (sure) return { waitMs: 0, sure };
  if (endsWithNumber(text)) return { waitMs: plan.onNumberMs, sure };
  return { waitMs: endsSentence(text) ? plan.onPunctuationMs : plan.onNoPunctuationMs, sure };
}

function commit(turn: Step): void {
  const { state, plan, now } = turn;
  reportAcknowledgement(turn);
  clear(turn, 'endpoint');
  clear(turn, 'silence');
  const { lastTranscriptAt } = state;
  const hadText = pendingText(state) !== '';
  const committed: CommittedTurn = {
    keys: [...state.keys],
    notBefore: Math.max(now + plan.waitMs, state.blockedUntil),
    ...(hadText && lastTranscriptAt !== undefined ? { transcriptAt: lastTranscriptAt } : {}),
    ...takeUserTurn(turn),
  };
  state.keys = [];
  state.phase = 'thinking';
  state.idleChecks = 0;
  state.interruptible = plan.interruptible;
  state.voicedBaseMs = state.voicedMs;
  turn.effects.push({ type: 'commit', turn: committed });
}

/** Takes the text of the turn out of the state. */
function takeUserTurn(turn: Step): UserTurn {
  const { state, now } = turn;
  const text = pendingText(state);
  const startedAt = state.turnStartedAt ?? now;
  // Without a voice heard by the VAD (quiet caller, keys) the text's own time stands in.
  const heard = state.lastVoicedAt !== undefined && state.lastVoicedAt >= startedAt;
  const endedAt = heard
    ? (state.lastVoicedAt as number)
    : text === ''
      ? now
      : (state.lastTranscriptAt ?? now);
  state.finalIsStale = state.partial !== '';
  state.finals = [];
  state.partial = '';
  state.endOfTurn = false;
  state.turnStartedAt = undefined;
  state.lastTranscriptAt = undefined;
  return { text, startedAt, endedAt: Math.max(startedAt, endedAt) };
}

function reportAcknowledgement(turn: Step): void {
  const held = turn.state.acknowledgement;
  if (!held) return;
  turn.state.acknowledgement = undefined;
  const { heardAt: _, ...said } = held;
  turn.effects.push({ type: 'acknowledged', turn: said });
}

function restartSilence(turn: Step): void {
  if (!turn.state.held) set(turn, 'silence', turn.plan.silenceTimeoutMs);
}

function set(turn: Step, timer: 'endpoint' | 'resume' | 'silence', delayMs: number): void {
  turn.effects.push({ type: 'set-timer', timer, delayMs });
}

function clear(turn: Step, timer: 'endpoint' | 'resume' | 'silence'): void {
  turn.effects.push({ type: 'clear-timer', timer });
}
