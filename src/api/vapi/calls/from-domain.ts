import type { Call, CallEvent, CallMessage, TurnLatency } from '../../../domain/calls/call.ts';
import { projectEvents } from '../../../domain/calls/project-events.ts';
import { fromAgent } from '../assistants/from-domain.ts';
import { compact } from '../fields.ts';
import { fromMessages, openAiMessages, transcriptOf } from './messages-from-domain.ts';
import { fromTurns } from './metrics-from-domain.ts';

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
export function fromCall({ call, messages, turns }: CallRecord, publicUrl: string): Json {
  const [phoneCallProvider, transportProvider] = PROVIDERS[call.carrier];
  const shownMessages = fromMessages(messages, call.answeredAt ?? call.createdAt);
  return compact({
    id: call.id,
    orgId: call.orgId,
    type: call.direction === 'inbound' ? 'inboundPhoneCall' : 'outboundPhoneCall',
    status: call.status,
    phoneCallProvider,
    phoneCallProviderId: call.carrierCallId,
    phoneCallTransport: call.transport,
    transport: { conversationType: 'voice', provider: transportProvider, callSid: call.carrierCallId },
    phoneNumberId: call.numberId,
    assistantId: call.agentId,
    assistant: call.agentId === undefined && call.agent ? transientAssistant(call.agent) : undefined,
    assistantOverrides: hasKeys(call.variables) ? { variableValues: call.variables } : undefined,
    customer: compact(call.customer),
    createdAt: instantOf(call.createdAt),
    updatedAt: instantOf(call.updatedAt),
    startedAt: call.answeredAt === undefined ? undefined : instantOf(call.answeredAt),
    endedAt: call.endedAt === undefined ? undefined : instantOf(call.endedAt),
    endedReason: call.endReason,
    endedMessage: call.endMessage,
    endedBlame: call.blame,
    messages: shownMessages,
    artifact: compact({
      messages: shownMessages,
      messagesOpenAIFormatted: openAiMessages(messages),
      transcript: transcriptOf(messages),
      ...recordingKeys(call, publicUrl),
      variableValues: hasKeys(call.variables) ? call.variables : undefined,
      performanceMetrics: fromTurns(turns, messages),
      media: call.media,
    }),
  });
}

function recordingKeys(call: Call, publicUrl: string): Json {
  if (!call.recording) return {};
  const url = `${publicUrl}/call/${call.id}/stereo-recording`;
  return { recordingUrl: url, stereoRecordingUrl: url, recording: { stereoUrl: url } };
}

function transientAssistant(agent: NonNullable<Call['agent']>): Json {
  const { id: _, orgId: __, createdAt: ___, updatedAt: ____, ...assistant } = fromAgent(agent);
  return assistant;
}

function instantOf(at: number): string {
  return new Date(at).toISOString();
}

function hasKeys(value: object): boolean {
  return Object.keys(value).length > 0;
}
