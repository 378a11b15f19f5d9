import type { Call, CallEvent, CallMessage, TurnLatency } from '../../../domain/calls/call.ts';
import type { CallSchedule } from '../../../domain/calls/outbound-order.ts';
import { projectEvents } from '../../../domain/calls/project-events.ts';
import { transcriptOf } from '../../../domain/calls/transcript.ts';
import { fromTransientAgent } from '../assistants/from-domain.ts';
import { compact } from '../fields.ts';
import { fromMessages, openAiMessages } from './messages-from-domain.ts';
import { fromTurns } from './metrics-from-domain.ts';
import { fromMonitor } from './monitor-from-domain.ts';
import { forwardedTo, fromTransfer } from './transfers-from-domain.ts';

type Json = Record<string, unknown>;

const PROVIDERS = {
  sip: ['vapi', 'vapi.sip'],
  trunk: ['vapi', 'vapi.sip'],
  twilio: ['twilio', 'twilio'],
  telnyx: ['telnyx', 'telnyx'],
  vonage: ['vonage', 'vonage'],
} as const;

/** A call together with what was said and measured in it so far. */
export interface CallRecord {
  call: Call;
  messages: readonly CallMessage[];
  turns: readonly TurnLatency[];
}

/** What a call that has not ended knows of itself stands in its events only. */
export function recordOf(call: Call, events: CallEvent[]): CallRecord {
  const { messages, turns } = projectEvents(events);
  return { call, messages: call.messages ?? messages, turns: call.turns ?? turns };
}

/** The vendor's shape of a call. `publicUrl` is the base of the recording's address. */
export function fromCall(record: CallRecord, publicUrl: string): Json {
  const artifact = fromArtifact(record, publicUrl);
  return { ...fromCallAlone(record.call, publicUrl), messages: artifact.messages, artifact };
}

/** A call without what was said in it. */
export function fromCallAlone(call: Call, publicUrl: string): Json {
  const [phoneCallProvider, transportProvider] = PROVIDERS[call.carrier];
  // A call that was not dialled yet has none.
  const carrierCallId = call.carrierCallId || undefined;
  return compact({
    id: call.id,
    orgId: call.orgId,
    type: call.direction === 'inbound' ? 'inboundPhoneCall' : 'outboundPhoneCall',
    status: call.status,
    name: call.name,
    phoneCallProvider,
    phoneCallProviderId: carrierCallId,
    phoneCallTransport: call.transport,
    transport: compact({
      conversationType: 'voice',
      provider: transportProvider,
      callSid: carrierCallId,
    }),
    phoneNumberId: call.numberId,
    assistantId: call.agentId,
    assistant: call.agentId === undefined ? call.agent && fromTransientAgent(call.agent) : undefined,
    squadId: call.squadId,
    assistantOverrides: hasKeys(call.variables) ? { variableValues: call.variables } : undefined,
    customer: compact(call.customer),
    schedulePlan: call.schedule && fromSchedule(call.schedule),
    createdAt: instantOf(call.createdAt),
    updatedAt: instantOf(call.updatedAt),
    startedAt: call.answeredAt === undefined ? undefined : instantOf(call.answeredAt),
    endedAt: call.endedAt === undefined ? undefined : instantOf(call.endedAt),
    endedReason: call.endReason,
    endedMessage: call.endMessage,
    endedBlame: call.blame,
    destination: forwardedTo(call),
    monitor: fromMonitor(call, publicUrl),
    inboundPhoneCallDebuggingArtifacts: debuggingArtifacts(call),
  });
}

function fromSchedule({ earliestAt, latestAt }: CallSchedule): Json {
  return compact({
    earliestAt: instantOf(earliestAt),
    latestAt: latestAt === undefined ? undefined : instantOf(latestAt),
  });
}

/** What was said, measured and kept of a call so far. */
export function fromArtifact({ call, messages, turns }: CallRecord, publicUrl: string): Json {
  return compact({
    messages: fromMessages(messages, call.answeredAt ?? call.createdAt),
    messagesOpenAIFormatted: openAiMessages(messages),
    transcript: transcriptOf(messages),
    ...recordingKeys(call, publicUrl),
    transfers: call.transfers?.map(fromTransfer),
    variableValues: hasKeys(call.variables) ? call.variables : undefined,
    performanceMetrics: fromTurns(turns, messages),
    media: call.media,
  });
}

/** Why no assistant answered, in the vendor's words for it. */
export function debuggingArtifacts({ routingFailure }: Call): Json | undefined {
  if (!routingFailure) return undefined;
  const { error, requestError, response } = routingFailure;
  return compact({ error, assistantRequestError: requestError, assistantRequestResponse: response });
}

function recordingKeys(call: Call, publicUrl: string): Json {
  if (!call.recording) return {};
  const url = `${publicUrl}/call/${call.id}/stereo-recording`;
  return { recordingUrl: url, stereoRecordingUrl: url, recording: { stereoUrl: url } };
}

function instantOf(at: number): string {
  return new Date(at).toISOString();
}

function hasKeys(value: object): boolean {
  return Object.keys(value).length > 0;
}
