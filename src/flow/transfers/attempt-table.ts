import type { TransferOutcome } from '../../domain/calls/call.ts';
import { outcomeOfStatus } from '../../domain/calls/outcome-of-status.ts';

/** Why somebody was not reached, or was but does not take the call. */
export interface Miss {
  outcome: Exclude<TransferOutcome, 'connected' | 'refused' | 'cancelled'>;
  /** The SIP status behind it, where one was received. */
  status?: number;
  /** For a person; never read to the caller. */
  detail: string;
}

export type AttemptState = 'new' | 'asking' | 'following' | 'dialling' | 'briefing' | 'over';

export type AttemptInput =
  /** Begun, with this verb. */
  | { type: 'refer' }
  | { type: 'dial' }
  | { type: 'bye' }
  /** The caller's exchange calls in our stead. */
  | { type: 'refer-accepted' }
  /** It does not, or cannot be asked. */
  | { type: 'refer-refused' }
  /** What became of its call; undefined where it never said. */
  | { type: 'refer-settled'; status: number | undefined }
  | { type: 'answered' }
  | { type: 'missed'; miss: Miss }
  /** The operator knows what he has to know. */
  | { type: 'briefed' }
  /** Somebody or something has answered that does not take the call. */
  | { type: 'declined'; miss: Miss }
  | { type: 'operator-left' }
  | { type: 'caller-left' };

/** How an attempt ends. */
export type Settlement =
  /** The operator is on his leg and ready for the caller. */
  | { kind: 'reached' }
  /** The caller's exchange has brought him there: our part is over. */
  | { kind: 'referred'; detail?: string }
  /** Only our part is over: nobody was called. */
  | { kind: 'closed' }
  | { kind: 'missed'; miss: Miss };

export type AttemptEffect =
  | { type: 'ask-to-refer' }
  | { type: 'dial' }
  | { type: 'brief' }
  | { type: 'hang-up-operator' }
  | { type: 'settle'; settlement: Settlement };

type Step = readonly [AttemptState, ...AttemptEffect[]];
type Row = { [T in AttemptInput['type']]?: (input: Extract<AttemptInput, { type: T }>) => Step };

const settle = (settlement: Settlement): AttemptEffect => ({ type: 'settle', settlement });
const missed = (miss: Miss) => settle({ kind: 'missed', miss });
const ASK: AttemptEffect = { type: 'ask-to-refer' };
const DIAL: AttemptEffect = { type: 'dial' };
const BRIEF: AttemptEffect = { type: 'brief' };
const HANG_UP: AttemptEffect = { type: 'hang-up-operator' };
const CANCELLED: Miss = { outcome: 'cancelled-by-caller', detail: 'the caller has left' };
const LEFT: Miss = { outcome: 'rejected', detail: 'the operator hung up before he was joined to the caller' };

/**
 * One attempt to bring the caller to somebody else: what comes in each state, and what is done. REFER is followed to the
 * end of its implicit subscription (RFC 3515 section 2.4); one that is refused becomes a dial. A caller who leaves while
 * his exchange follows a REFER has been brought there: that is how many take over. Inputs that a state does not list
 * came too late and change nothing.
 */
const TABLE: Readonly<Record<AttemptState, Row>> = {
  new: {
    refer: () => ['asking', ASK],
    dial: () => ['dialling', DIAL],
    bye: () => ['over', settle({ kind: 'closed' })],
  },
  asking: {
    'refer-accepted': () => ['following'],
    'refer-refused': () => ['dialling', DIAL],
    'caller-left': () => ['over', missed(CANCELLED)],
  },
  following: {
    'refer-settled': ({ status }) => ['over', settle(referred(status))],
    'caller-left': () => ['over', settle({ kind: 'referred', detail: 'the caller left to be transferred' })],
  },
  dialling: {
    answered: () => ['briefing', BRIEF],
    missed: ({ miss }) => ['over', missed(miss)],
    'caller-left': () => ['over', HANG_UP, missed(CANCELLED)],
  },
  briefing: {
    briefed: () => ['over', settle({ kind: 'reached' })],
    declined: ({ miss }) => ['over', HANG_UP, missed(miss)],
    'operator-left': () => ['over', missed(LEFT)],
    'caller-left': () => ['over', HANG_UP, missed(CANCELLED)],
  },
  over: {},
};

function referred(status: number | undefined): Settlement {
  if (status === undefined) return { kind: 'referred', detail: 'the far end never told how its call went' };
  if (status < 300) return { kind: 'referred' };
  const detail = `the far end's call failed with SIP ${status}`;
  return { kind: 'missed', miss: { outcome: outcomeOfStatus(status), status, detail } };
}

/** What an attempt does with an input, and the state it is in then. */
export function nextStep(state: AttemptState, input: AttemptInput): Step {
  const step = TABLE[state][input.type] as ((input: AttemptInput) => Step) | undefined;
  return step ? step(input) : [state];
}
