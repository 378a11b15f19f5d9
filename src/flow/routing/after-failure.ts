import type { RoutingFailure, TransferOutcome } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { endingVerdict } from './number-hooks.ts';
import type { Route, StageReport, TransferRoute } from './route.ts';

/** Nobody was found to answer. */
export interface Dead {
  reason: EndReason;
  why: string;
  /** The customer's own sentence for this caller, spoken where nothing else catches the call. */
  sentence?: string;
  failure?: RoutingFailure;
}

type Considered = (report: StageReport) => void;

/**
 * What catches a call that nobody answers: a `call.ending` hook, else the fallback destination, else the customer's own
 * sentence, else a neutral one. Every class of failure comes here, and each catch is tried once.
 */
export function afterFailure(number: PhoneNumber, dead: Dead, considered: Considered): Route {
  const { action, skipped } = endingVerdict(number, dead.reason);
  for (const why of skipped) considered({ stage: 'call.ending hook', outcome: 'skipped', why });
  if (!action) return fallBack(number, dead, considered);
  const why = `a call.ending hook matches ${dead.reason}: ${dead.why}`;
  considered({ stage: 'call.ending hook', outcome: 'taken', why });
  if (action.type === 'say') {
    const reason = 'call.ending.hook-executed-say';
    return { kind: 'say', sentence: action.exact, reason, why, ...shown(dead) };
  }
  return {
    kind: 'transfer',
    destination: action.destination,
    ...(action.next && { next: action.next }),
    by: 'hook',
    reason: 'call.ending.hook-executed-transfer',
    why,
    ...shown(dead),
    otherwise: (outcome, detail) => fallBack(number, afterTransfer(dead, outcome, detail), considered),
  };
}

function fallBack(number: PhoneNumber, dead: Dead, considered: Considered): Route {
  const { fallbackDestination: destination } = number;
  if (!destination) return goodbye(dead);
  considered({ stage: 'fallbackDestination', outcome: 'taken', why: dead.why });
  const route: TransferRoute = {
    kind: 'transfer',
    destination,
    by: 'fallback',
    reason: dead.reason,
    why: `the fallback destination takes the call: ${dead.why}`,
    ...shown(dead),
    otherwise: (outcome, detail) => goodbye(afterTransfer(dead, outcome, detail)),
  };
  return route;
}

function goodbye(dead: Dead): Route {
  const { reason, why, sentence } = dead;
  if (sentence === undefined) return { kind: 'apologise', reason, why, ...shown(dead) };
  return { kind: 'say', sentence, reason, why, ...shown(dead) };
}

/** The same call after a destination was not reached either: from now on that is why it ends. */
export function afterTransfer(dead: Omit<Dead, 'reason'>, outcome: TransferOutcome, detail: string): Dead {
  return { ...dead, reason: reasonOfTransfer(outcome), why: `the destination was not reached (${detail})` };
}

/** End reason of a transfer that did not come about. */
export function reasonOfTransfer(outcome: TransferOutcome): EndReason {
  if (outcome === 'busy') return 'call.forwarding.operator-busy';
  if (outcome === 'no-answer') return 'call.forwarding.no-answer';
  return 'call.in-progress.error-transfer-failed';
}

function shown({ failure }: Dead): { failure?: RoutingFailure } {
  return failure ? { failure } : {};
}
