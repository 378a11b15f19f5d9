import * as z from 'zod';
import { END_REASONS, type EndReason } from '../../../domain/calls/end-reason.ts';
import { assistantBodySchema } from '../assistants/schema.ts';
import { named } from '../components.ts';
import { destinationSchema } from '../destinations/schema.ts';
import { anyObject, instant, uuid } from '../fields.ts';
import { listQuery } from '../list-query.ts';

const MAX_NAME_LENGTH = 40;

export const callQuery = listQuery.extend({
  id: uuid().optional(),
  assistantId: uuid().optional(),
  phoneNumberId: uuid().optional(),
});

const spoken = {
  message: z.string(),
  time: z.number(),
  endTime: z.number(),
  secondsFromStart: z.number(),
  duration: z.number().meta({ description: 'Seconds.' }),
};

const messageSchema = named(
  'CallMessage',
  z.discriminatedUnion('role', [
    z.object({
      role: z.literal('system'),
      message: z.string(),
      time: z.number(),
      secondsFromStart: z.number(),
    }),
    z.object({ role: z.literal('user'), ...spoken, inputMode: z.enum(['voice', 'dtmf']).optional() }),
    z.object({ role: z.literal('bot'), ...spoken, interrupted: z.boolean().optional() }),
    z.object({
      role: z.literal('tool_calls'),
      toolCalls: z.array(
        z.object({
          id: z.string(),
          type: z.literal('function'),
          function: z.object({ name: z.string(), arguments: z.string() }),
        }),
      ),
      message: z.string(),
      time: z.number(),
      secondsFromStart: z.number(),
    }),
    z.object({
      role: z.literal('tool_call_result'),
      toolCallId: z.string(),
      name: z.string(),
      result: z.string(),
      time: z.number(),
      secondsFromStart: z.number(),
    }),
  ]),
);

const milliseconds = () => z.number().optional().meta({ description: 'Milliseconds.' });

const turnLatencySchema = named(
  'TurnLatency',
  z.object({
    transcriberLatency: milliseconds(),
    endpointingLatency: milliseconds(),
    modelLatency: milliseconds(),
    voiceLatency: milliseconds(),
    turnLatency: milliseconds(),
    turn: z.int(),
    speechEndedAt: instant(),
    transcriptMs: milliseconds(),
    commitMs: milliseconds(),
    brainFirstTokenMs: milliseconds(),
    voiceFirstAudioMs: milliseconds(),
    rtpFirstPacketMs: milliseconds(),
  }),
);

const performanceMetricsSchema = named(
  'PerformanceMetrics',
  z.object({
    turnLatencies: z.array(turnLatencySchema),
    transcriberLatencyAverage: milliseconds(),
    endpointingLatencyAverage: milliseconds(),
    modelLatencyAverage: milliseconds(),
    voiceLatencyAverage: milliseconds(),
    turnLatencyAverage: milliseconds(),
    toTransportLatencyAverage: milliseconds(),
    numAssistantInterrupted: z.int(),
  }),
);

const transferSchema = named(
  'TransferArtifact',
  z.object({
    destination: destinationSchema,
    mode: z.string(),
    status: z
      .enum(['connected', 'no-answer', 'busy', 'voicemail', 'failed', 'completed', 'cancelled'])
      .optional(),
    outcome: z
      .enum([
        'connected',
        'busy',
        'no-answer',
        'rejected',
        'unreachable',
        'voicemail',
        'cancelled-by-caller',
        'failed',
      ])
      .optional()
      .meta({ description: 'Tells more ends apart than `status`; unset while it rings.' }),
    sipStatus: z.number().optional(),
    detail: z.string().optional(),
    by: z.enum(['hook', 'assistant-request', 'fallback', 'agent', 'control', 'peer']),
    verb: z.enum(['refer', 'bye', 'dial']).optional(),
    transcript: z.string().optional(),
    messages: z.array(messageSchema).optional(),
    startedAt: instant(),
    answeredAt: instant().optional(),
    endedAt: instant().optional(),
  }),
);

const artifactSchema = named(
  'Artifact',
  z.object({
    messages: z.array(messageSchema),
    messagesOpenAIFormatted: z.array(anyObject()),
    transcript: z.string(),
    recordingUrl: z.string().optional(),
    stereoRecordingUrl: z.string().optional(),
    recording: z.object({ stereoUrl: z.string() }).optional(),
    transfers: z.array(transferSchema).optional(),
    variableValues: anyObject().optional(),
    performanceMetrics: performanceMetricsSchema,
    media: anyObject()
      .optional()
      .meta({ description: 'What the wire did to the audio; counts are packets.' }),
  }),
);

export const callSchema = named(
  'Call',
  z.object({
    id: uuid(),
    orgId: uuid(),
    type: z.enum(['inboundPhoneCall', 'outboundPhoneCall']),
    status: z.enum(['scheduled', 'queued', 'ringing', 'in-progress', 'forwarding', 'ended']),
    name: z.string().optional(),
    phoneCallProvider: z.enum(['twilio', 'vonage', 'vapi', 'telnyx']),
    phoneCallProviderId: z.string().optional().meta({ description: 'Set once the call was dialled.' }),
    phoneCallTransport: z.enum(['sip', 'pstn']),
    transport: z.object({
      conversationType: z.literal('voice'),
      provider: z.enum(['vapi.sip', 'twilio', 'telnyx', 'vonage']),
      callSid: z.string().optional(),
    }),
    phoneNumberId: uuid().optional(),
    assistantId: uuid().optional(),
    assistant: assistantBodySchema.optional().meta({ description: 'A transient assistant.' }),
    squadId: uuid().optional(),
    assistantOverrides: anyObject().optional(),
    customer: z.object({
      number: z.string().optional(),
      sipUri: z.string().optional(),
      name: z.string().optional(),
      extension: z.string().optional(),
      email: z.string().optional(),
      externalId: z.string().optional(),
    }),
    schedulePlan: z.object({ earliestAt: instant(), latestAt: instant().optional() }).optional(),
    createdAt: instant(),
    updatedAt: instant(),
    startedAt: instant().optional(),
    endedAt: instant().optional(),
    endedReason: z.enum(Object.keys(END_REASONS) as [EndReason, ...EndReason[]]).optional(),
    endedMessage: z.string().optional(),
    endedBlame: z
      .enum(['none', 'caller', 'customer', 'carrier', 'provider', 'exchange', 'unknown'])
      .optional()
      .meta({ description: 'Who caused the end; `none` is a normal one.' }),
    destination: destinationSchema.optional(),
    monitor: z
      .object({ listenUrl: z.string().optional(), controlUrl: z.string().optional() })
      .optional()
      .meta({ description: 'Where the call can be listened to and steered.' }),
    inboundPhoneCallDebuggingArtifacts: z
      .object({
        error: z.string(),
        assistantRequestError: z.string().optional(),
        assistantRequestResponse: z.unknown(),
      })
      .optional()
      .meta({ description: 'Why no assistant answered.' }),
    messages: z.array(messageSchema),
    artifact: artifactSchema,
  }),
);

export const updateCallSchema = named(
  'UpdateCallDTO',
  z.strictObject({ name: z.string().max(MAX_NAME_LENGTH).nullish() }),
);
