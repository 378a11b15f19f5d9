import type { CalleeManner } from '../../src/phone/received-call.ts';

/** A mode of transfer as the tests and the reference page know it. */
export interface MatrixMode {
  name: string;
  plan: Record<string, unknown>;
  /** Whether the operator hears something before he is joined. */
  briefs: boolean;
  /** Whether the agent's model is asked for a summary. */
  sumsUp?: boolean;
  /** The caller's own exchange calls the operator. */
  refers?: boolean;
}

const MESSAGE = 'Anna calls about her order. She has waited for it since the third of May.';
const TWIML = `<Say>${MESSAGE}</Say><Pause length="1"/>`;

export const MODES: readonly MatrixMode[] = [
  { name: 'blind-transfer, sipVerb dial', plan: { mode: 'blind-transfer', sipVerb: 'dial' }, briefs: false },
  {
    name: 'blind-transfer-add-summary-to-sip-header, sipVerb dial',
    plan: {
      mode: 'blind-transfer-add-summary-to-sip-header',
      sipVerb: 'dial',
      message: MESSAGE,
      summaryPlan: { enabled: false },
    },
    briefs: false,
  },
  {
    name: 'blind-transfer, sipVerb refer',
    plan: { mode: 'blind-transfer', sipVerb: 'refer' },
    briefs: false,
    refers: true,
  },
  {
    name: 'blind-transfer-add-summary-to-sip-header, sipVerb refer',
    plan: {
      mode: 'blind-transfer-add-summary-to-sip-header',
      sipVerb: 'refer',
      message: MESSAGE,
      summaryPlan: { enabled: false },
    },
    briefs: false,
    refers: true,
  },
  {
    name: 'warm-transfer-say-message',
    plan: { mode: 'warm-transfer-say-message', message: MESSAGE },
    briefs: true,
  },
  {
    name: 'warm-transfer-say-summary',
    plan: { mode: 'warm-transfer-say-summary' },
    briefs: true,
    sumsUp: true,
  },
  { name: 'warm-transfer-twiml', plan: { mode: 'warm-transfer-twiml', twiml: TWIML }, briefs: true },
  {
    name: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message',
    plan: {
      mode: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-message',
      message: MESSAGE,
      timeout: 1,
    },
    briefs: true,
  },
  {
    name: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary',
    plan: { mode: 'warm-transfer-wait-for-operator-to-speak-first-and-then-say-summary', timeout: 1 },
    briefs: true,
    sumsUp: true,
  },
  {
    name: 'warm-transfer-experimental',
    plan: { mode: 'warm-transfer-experimental', message: MESSAGE },
    briefs: true,
  },
];

/** What happens at the other end, and what the record says then. */
export interface MatrixCase {
  name: string;
  manner: CalleeManner;
  /** Laid over the plan. */
  plan?: Record<string, unknown>;
  /** Who leaves, and when. */
  leaves?:
    | 'caller-while-ringing'
    | 'operator-while-briefed'
    | 'operator-after-join'
    | 'caller-after-join'
    | 'network-after-join';
  /** The one who was called sends the call on to the operator. */
  redirects?: boolean;
  /** The operator says nothing at all. */
  silent?: boolean;
  /** A machine answers, and beeps. */
  beeps?: boolean;
  outcome: string;
  status: string;
  sipStatus?: number;
  /** What becomes of the caller. */
  caller: string;
}

const BACK = 'back with the agent, which is told';

export const CASES: readonly MatrixCase[] = [
  {
    name: 'answered; the operator hangs up first',
    manner: { does: 'answer', ringMs: 200 },
    leaves: 'operator-after-join',
    outcome: 'connected',
    status: 'connected',
    caller: 'joined; the call ends for both: assistant-forwarded-call',
  },
  {
    name: 'answered; the caller hangs up first',
    manner: { does: 'answer' },
    leaves: 'caller-after-join',
    outcome: 'connected',
    status: 'connected',
    caller: 'joined; the call ends for both: assistant-forwarded-call',
  },
  {
    name: 'answered by somebody who says nothing',
    manner: { does: 'answer' },
    silent: true,
    leaves: 'caller-after-join',
    outcome: 'connected',
    status: 'connected',
    caller: 'joined; the call ends for both: assistant-forwarded-call',
  },
  {
    name: 'sent elsewhere (302), and answered there',
    manner: { does: 'answer' },
    redirects: true,
    leaves: 'operator-after-join',
    outcome: 'connected',
    status: 'connected',
    caller: 'joined; the call ends for both: assistant-forwarded-call',
  },
  {
    name: 'a machine, with voicemailDetectionType',
    manner: { does: 'answer' },
    plan: { voicemailDetectionType: 'audio' },
    beeps: true,
    outcome: 'voicemail',
    status: 'voicemail',
    caller: BACK,
  },
  {
    name: 'the network is gone after the join',
    manner: { does: 'answer' },
    leaves: 'network-after-join',
    outcome: 'connected',
    status: 'connected',
    caller: 'hung up after 15 s without audio: assistant-forwarded-call',
  },
  {
    name: 'the network is gone before: no response',
    manner: { does: 'nothing' },
    plan: { dialTimeout: 1 },
    outcome: 'no-answer',
    status: 'no-answer',
    caller: BACK,
  },
  {
    name: 'busy',
    manner: { does: 'refuse', status: 486 },
    outcome: 'busy',
    status: 'busy',
    sipStatus: 486,
    caller: BACK,
  },
  {
    name: 'no answer',
    manner: { does: 'ring' },
    plan: { dialTimeout: 1 },
    outcome: 'no-answer',
    status: 'no-answer',
    caller: BACK,
  },
  {
    name: 'declined',
    manner: { does: 'refuse', status: 603 },
    outcome: 'rejected',
    status: 'failed',
    sipStatus: 603,
    caller: BACK,
  },
  {
    name: 'no such number',
    manner: { does: 'refuse', status: 404 },
    outcome: 'unreachable',
    status: 'failed',
    sipStatus: 404,
    caller: BACK,
  },
  {
    name: 'the far end has failed',
    manner: { does: 'refuse', status: 500 },
    outcome: 'failed',
    status: 'failed',
    sipStatus: 500,
    caller: BACK,
  },
  {
    name: 'the caller leaves while it rings',
    manner: { does: 'ring' },
    leaves: 'caller-while-ringing',
    outcome: 'cancelled-by-caller',
    status: 'cancelled',
    caller: 'gone, and the operator rings no more: customer-ended-call',
  },
  {
    name: 'the operator leaves while he is told',
    manner: { does: 'answer' },
    leaves: 'operator-while-briefed',
    outcome: 'rejected',
    status: 'failed',
    caller: BACK,
  },
];

/** Why a case cannot happen in a mode; undefined where it can. */
export function impossible(mode: MatrixMode, { leaves, beeps }: MatrixCase): string | undefined {
  if (!mode.briefs && leaves === 'operator-while-briefed') return 'cannot happen: he is told nothing';
  if (mode.refers && beeps) return 'cannot be known: it is not our call';
  if (mode.refers && leaves === 'network-after-join') return 'cannot be known: it is not our call';
  return undefined;
}

/** What the record says of a case in a mode. */
export function expected(
  mode: MatrixMode,
  cell: MatrixCase,
): Pick<MatrixCase, 'outcome' | 'status' | 'sipStatus'> {
  const { outcome, status, sipStatus, leaves, manner } = cell;
  if (!mode.refers) return cell;
  // That the caller leaves his exchange's REFER alone is how many telephones take it over.
  if (leaves === 'caller-while-ringing') return { outcome: 'connected', status: 'completed' };
  if (outcome === 'connected') return { outcome, status: 'completed' };
  if (manner.does === 'refuse') return { outcome, status, sipStatus: manner.status };
  return { outcome, status, sipStatus: sipStatus ?? 487 };
}
