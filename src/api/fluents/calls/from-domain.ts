import type { Call, CallMessage, Transfer } from '../../../domain/calls/call.ts';
import type { EndReason } from '../../../domain/calls/end-reason.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { ownToolIds } from '../../../domain/parts/agent-copies.ts';
import { stageOf } from '../../server/call-stage.ts';
import { typeOf } from '../actions/action-type.ts';
import { fromAgentOfCall } from '../agents/from-domain.ts';
import { compact } from '../fields.ts';
import { shownNumber, telephonyProviderOf } from '../numbers/from-domain.ts';

type Json = Record<string, unknown>;

/** A call with what was said in it so far, and the number that it came to or from. */
export interface CallRecord {
  call: Call;
  messages: readonly CallMessage[];
  /** Unset where the number is gone. */
  number: PhoneNumber | undefined;
}

/** The vendor's shape of a call: what is not known is left out. */
export function fromCall({ call, messages, number }: CallRecord): Json {
  const ours = number ? shownNumber(number) : '';
  const theirs = call.customer.number ?? call.customer.sipUri ?? '';
  const isOutgoing = call.direction === 'outbound';
  const error = errorOf(call);
  return {
    id: call.id,
    user_id: call.orgId,
    status: statusOf(call),
    to_number: isOutgoing ? theirs : ours,
    from_number: isOutgoing ? ours : theirs,
    agent: call.agent ? fromAgentOfCall(call.agent) : {},
    ...compact({
      error_message: error,
      transcript: transcriptOf(messages),
      do_not_call_result: call.doNotCall,
      human_detection_result: humanDetectionOf(call),
      on_no_human_answer: call.onNoHumanAnswer,
      telephony_id: call.carrierCallId || undefined,
      stage_outcome: stageOutcomeOf(call),
      start_time: instantOf(call.answeredAt ?? call.createdAt),
      end_time: call.endedAt === undefined ? undefined : instantOf(call.endedAt),
      telephony_provider: telephonyProviderOf(call.carrier),
      run_do_not_call_detection: call.agent?.doNotCallDetection,
    }),
    ...(ours !== '' && { agent_phone_number: ours }),
    stage: stageOf(call),
    recording_available: call.recording !== undefined,
    hipaa_compliant: call.hipaaCompliant ?? false,
    context: call.variables,
    is_outgoing: isOutgoing,
    errors: error === undefined ? [] : [error],
    action_history: actionsOf(call, messages),
  };
}

function statusOf(call: Call): string {
  switch (call.status) {
    case 'scheduled':
    case 'queued':
    case 'ringing':
      return 'not_started';
    case 'in-progress':
    case 'forwarding':
      return 'in_progress';
    case 'ended':
      return errorOf(call) === undefined ? 'ended' : 'error';
  }
}

function humanDetectionOf({ humanDetection }: Call): 'human' | 'no_human' | undefined {
  return humanDetection === 'machine' ? 'no_human' : humanDetection;
}

/** What went wrong, where it was nobody's wish that the call ended. */
function errorOf({ blame, endMessage, endReason }: Call): string | undefined {
  if (blame === undefined || blame === 'none' || blame === 'caller') return undefined;
  return endMessage ?? endReason;
}

/** Reasons after which the far end of a transfer was never there. */
const UNANSWERED_TRANSFERS: ReadonlySet<EndReason> = new Set([
  'call.forwarding.no-answer',
  'call.forwarding.operator-busy',
  'call.in-progress.error-transfer-failed',
]);

function stageOutcomeOf({
  status,
  answeredAt,
  direction,
  endReason,
  transfers = [],
}: Call): string | undefined {
  if (status !== 'ended' || endReason === undefined) return undefined;
  if (UNANSWERED_TRANSFERS.has(endReason)) return 'transfer_unanswered';
  if (transfers.some(({ outcome }: Transfer) => outcome === 'connected')) return 'transfer_disconnected';
  if (answeredAt === undefined) return direction === 'outbound' ? 'human_unanswered' : 'call_did_not_connect';
  return endReason === 'customer-ended-call' ? 'human_disconnected' : 'bot_disconnected';
}

const SPEAKERS: Readonly<Partial<Record<CallMessage['role'], string>>> = { agent: 'BOT', user: 'HUMAN' };
/** Ends what the agent could not say to its end. */
const UNFINISHED = '-';

/** What was said, one line for each turn of either side; undefined where nothing was. */
function transcriptOf(messages: readonly CallMessage[]): string | undefined {
  const lines = messages.flatMap(({ role, message, interrupted }) =>
    SPEAKERS[role] ? [`${SPEAKERS[role]}: ${message}${interrupted ? UNFINISHED : ''}`] : [],
  );
  return lines.length > 0 ? lines.join('\n') : undefined;
}

/** What the model reads before what went wrong. */
const ERROR_PREFIX = /^Error: /;

/** The tools that ran, each with what it was asked and what came of it. */
function actionsOf(call: Call, messages: readonly CallMessage[]): Json[] {
  const asked = new Map(
    messages.flatMap(({ role, toolCall }) =>
      role === 'tool-call' && toolCall ? [[toolCall.id, toolCall.arguments] as const] : [],
    ),
  );
  const toolIds = call.agent ? ownToolIds(call.agent) : [];
  return messages.flatMap(({ role, toolCall, endedAt, message }) => {
    if (role !== 'tool-result' || !toolCall) return [];
    const tools = call.agent?.brain?.tools ?? [];
    const at = tools.findIndex(({ name, type }) => name === toolCall.name || type === toolCall.name);
    const tool = tools[at];
    const done = {
      event_type: 'action_completed',
      timestamp: instantOf(endedAt),
      ...compact({ action_id: toolIds[at], action_label: tool?.label }),
      action_type: tool ? typeOf(tool) : toolCall.name,
      parameters: objectOf(asked.get(toolCall.id)),
      result: {
        json: objectOf(toolCall.result ?? message),
        error: toolCall.failed ? message.replace(ERROR_PREFIX, '') : null,
      },
    };
    return [done];
  });
}

/** Arguments and results are objects, JSON text or plain text; the vendor shows objects alone. */
function objectOf(value: unknown): Json {
  if (typeof value === 'string') return objectOf(parsed(value)) ?? {};
  if (value === undefined || value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Json) : { value };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? { value } : value;
  } catch {
    // Not JSON: the text is the value.
    return { value: text };
  }
}

function instantOf(at: number): string {
  return new Date(at).toISOString();
}
