import type { Call, CallMessage } from '../../../domain/calls/call.ts';
import type { EndReason } from '../../../domain/calls/end-reason.ts';
import { stageOf } from '../../server/call-stage.ts';
import { fromPhone } from '../phone-digits.ts';
import { shown, type VocodeRevision } from '../revision.ts';
import { transcriptOf } from '../transcript.ts';

type Json = Record<string, unknown>;

const MS_PER_SECOND = 1000;

const STATUSES = {
  scheduled: 'not_started',
  queued: 'not_started',
  ringing: 'not_started',
  'in-progress': 'in_progress',
  forwarding: 'in_progress',
} as const;

/** Ends that say themselves how far the call had come. All others follow from who hung up and when. */
const OUTCOMES: Partial<Record<EndReason, string>> = {
  'customer-ended-call': 'human_disconnected',
  'customer-busy': 'human_unanswered',
  'customer-did-not-answer': 'human_unanswered',
  'assistant-ended-call': 'bot_disconnected',
  'assistant-ended-call-after-message-spoken': 'bot_disconnected',
  'assistant-said-end-call-phrase': 'bot_disconnected',
  'silence-timed-out': 'bot_disconnected',
  'exceeded-max-duration': 'bot_disconnected',
  'manually-canceled': 'bot_disconnected',
  'assistant-forwarded-call': 'transfer_disconnected',
  'call.ringing.hook-executed-transfer': 'transfer_disconnected',
  'call.forwarding.operator-busy': 'transfer_unanswered',
  'call.forwarding.no-answer': 'transfer_unanswered',
  'call.in-progress.error-transfer-failed': 'transfer_unanswered',
};

/** What a call refers to, as the reply has it, and what was said so far. */
export interface CallView {
  agent: unknown;
  messages: readonly CallMessage[];
  /** The number that the exchange answered, where it is still there. */
  agentNumber: string | undefined;
}

/** @param times text in a whole call, seconds of the epoch in lists: so the vendor's document has it. */
export function fromCall(
  revision: VocodeRevision,
  call: Call,
  { agent, messages, agentNumber = '' }: CallView,
  times: 'text' | 'seconds',
): Json {
  const own = fromPhone(agentNumber);
  const other = fromPhone(call.customer.number ?? call.customer.sipUri ?? '');
  const isInbound = call.direction === 'inbound';
  const instant = (at: number | undefined) => {
    if (at === undefined) return null;
    return times === 'text' ? new Date(at).toISOString() : at / MS_PER_SECOND;
  };
  return shown(revision, {
    id: call.id,
    user_id: call.orgId,
    status: statusOf(call),
    error_message: statusOf(call) === 'error' ? (call.endMessage ?? call.endReason ?? null) : null,
    recording_available: call.status === 'ended' && call.recording !== undefined,
    transcript: messages.length > 0 ? transcriptOf(messages) : null,
    human_detection_result: humanDetectionOf(call),
    do_not_call_result: call.doNotCall ?? null,
    // Empty until the call is dialled.
    telephony_id: call.carrierCallId || null,
    stage: stageOf(call),
    stage_outcome: outcomeOf(call),
    telephony_metadata:
      call.carrier === 'twilio' ? { type: 'telephony_metadata_twilio', call_sid: call.carrierCallId } : null,
    start_time: instant(call.answeredAt ?? call.createdAt),
    end_time: instant(call.endedAt),
    to_number: isInbound ? own : other,
    from_number: isInbound ? other : own,
    agent,
    telephony_provider: call.carrier === 'twilio' ? 'twilio' : 'vonage',
    agent_phone_number: own,
    hipaa_compliant: call.hipaaCompliant ?? false,
    on_no_human_answer: call.onNoHumanAnswer ?? null,
    context: contextOf(call),
    run_do_not_call_detection: call.agent?.doNotCallDetection ?? null,
    telephony_account_connection: null,
    telephony_params: null,
  });
}

function statusOf({ status, blame }: Call): string {
  if (status !== 'ended') return STATUSES[status];
  // Who hangs up, and how early, is no error.
  return blame === undefined || blame === 'none' || blame === 'caller' ? 'ended' : 'error';
}

function outcomeOf({ status, endReason, answeredAt }: Call): string | null {
  if (status !== 'ended') return null;
  const known = endReason && OUTCOMES[endReason];
  if (known) return known;
  return answeredAt === undefined ? 'call_did_not_connect' : 'bot_disconnected';
}

function humanDetectionOf({ humanDetection }: Call): 'human' | 'no_human' | null {
  if (humanDetection === undefined) return null;
  return humanDetection === 'human' ? 'human' : 'no_human';
}

/** Values of the template that are text, as all of the vendor's are. */
function contextOf({ variables }: Call): Record<string, string> | null {
  const texts = Object.entries(variables).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return texts.length > 0 ? Object.fromEntries(texts) : null;
}
