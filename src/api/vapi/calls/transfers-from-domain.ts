import type { Call, Transfer, TransferOutcome } from '../../../domain/calls/call.ts';
import { fromDestination } from '../destinations/from-domain.ts';
import { compact } from '../fields.ts';
import { fromMessages } from './messages-from-domain.ts';

type Json = Record<string, unknown>;

/** The vendor knows fewer ends of a transfer than we tell apart. */
const STATUSES = {
  connected: 'connected',
  busy: 'busy',
  'no-answer': 'no-answer',
  rejected: 'failed',
  unreachable: 'failed',
  refused: 'failed',
  voicemail: 'voicemail',
  failed: 'failed',
  cancelled: 'cancelled',
  'cancelled-by-caller': 'cancelled',
} as const satisfies Record<TransferOutcome, string>;

/** One attempt to move the caller, in the vendor's shape with our finer outcome beside it. */
export function fromTransfer(transfer: Transfer): Json {
  const { destination, by, verb, outcome, sipStatus, detail, transcript, messages } = transfer;
  const { startedAt, answeredAt, endedAt } = transfer;
  return compact({
    destination: fromDestination(destination),
    mode: destination.transferPlan?.mode ?? 'blind-transfer',
    status: statusOf(transfer),
    outcome,
    sipStatus,
    detail,
    by,
    verb,
    transcript,
    messages: messages && fromMessages(messages, startedAt),
    startedAt: instantOf(startedAt),
    answeredAt: instantOf(answeredAt),
    endedAt: instantOf(endedAt),
  });
}

/** Who was sent away (REFER, BYE) is with others now: for the vendor that is `completed`. */
function statusOf({ verb, outcome, endedAt }: Transfer): string | undefined {
  if (verb === 'bye') return endedAt === undefined ? undefined : 'completed';
  if (verb === 'refer' && outcome === 'connected') return 'completed';
  return outcome && STATUSES[outcome];
}

/** Where the caller was brought, if anywhere: the latest destination that answered. */
export function forwardedTo(call: Call): Json | undefined {
  const reached = call.transfers?.findLast(({ outcome }) => outcome === 'connected');
  return reached && fromDestination(reached.destination);
}

function instantOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
