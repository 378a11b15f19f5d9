import type { CallMessage } from '../../../domain/calls/call.ts';
import type { CallNotice, CallScene } from '../../../flow/server-messages.ts';
import { transcriptOf } from '../transcript.ts';

type Json = Record<string, unknown>;

/** What a webhook may subscribe to, of Vocode and Fluents together. */
export type EventType =
  | 'event_message'
  | 'event_action'
  | 'event_phone_call_connected'
  | 'event_phone_call_did_not_connect'
  | 'event_phone_call_ended'
  | 'event_transcript'
  | 'event_recording'
  | 'event_human_detection'
  | 'event_error';

/** An event before it is rendered. */
export interface PlannedEvent {
  type: EventType;
  payload(): Json;
}

const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60_000;

const SENDERS = { user: 'human', agent: 'bot' } as const;

export interface EventContext {
  /** Base of the URLs handed out, without a slash at its end. */
  publicUrl: string;
  /** Milliseconds since the epoch. */
  at: number;
}

/** The events that a notice makes, wanted or not. */
export function eventsOf(notice: CallNotice, scene: CallScene, context: EventContext): PlannedEvent[] {
  switch (notice.type) {
    case 'transcribed': {
      const { role, text, isFinal } = notice;
      if (!isFinal) return [];
      const timestamp = context.at / MS_PER_SECOND;
      return [{ type: 'event_message', payload: () => ({ text, sender: SENDERS[role], timestamp }) }];
    }
    case 'conversation-changed':
      return notice.message?.toolCall ? [actionEvent(notice.message, scene)] : [];
    case 'agent-started':
      return notice.takesOver
        ? []
        : [{ type: 'event_phone_call_connected', payload: () => phoneNumbers(scene) }];
    case 'human-detected': {
      const result = notice.result === 'human' ? 'human' : 'no_human';
      return [{ type: 'event_human_detection', payload: () => ({ result }) }];
    }
    case 'call-reported':
      return callEvents(scene, context);
    default:
      return [];
  }
}

/** Told when an action begins and again with what came of it. */
function actionEvent({ role, toolCall }: CallMessage, { messages }: CallScene): PlannedEvent {
  return {
    type: 'event_action',
    payload: () => {
      const begun = messages.find((one) => one.role === 'tool-call' && one.toolCall?.id === toolCall?.id);
      const input = toolCall?.arguments ?? begun?.toolCall?.arguments ?? {};
      return {
        action_input: { name: toolCall?.name, params: input },
        action_output:
          role === 'tool-result' ? { name: toolCall?.name, response: toolCall?.result ?? '' } : null,
      };
    },
  };
}

function phoneNumbers({ call, number }: CallScene): Json {
  const customer = call.customer.number ?? call.customer.sipUri ?? '';
  const own = number?.address ?? number?.sipUri ?? '';
  return call.direction === 'inbound'
    ? { to_phone_number: own, from_phone_number: customer }
    : { to_phone_number: customer, from_phone_number: own };
}

/** All that is told of a call once it is over. */
function callEvents({ call, messages }: CallScene, { publicUrl }: EventContext): PlannedEvent[] {
  const { answeredAt, endedAt = call.updatedAt, endReason, endMessage, blame } = call;
  const failed = blame !== undefined && blame !== 'none' && blame !== 'caller';
  const error: PlannedEvent = {
    type: 'event_error',
    payload: () => ({ message: endMessage ?? endReason ?? 'unknown' }),
  };
  if (answeredAt === undefined) {
    const payload = () => ({ telephony_status: endReason ?? 'unknown' });
    return [{ type: 'event_phone_call_did_not_connect', payload }, ...(failed ? [error] : [])];
  }
  const minutes = Math.max(0, endedAt - answeredAt) / MS_PER_MINUTE;
  return [
    { type: 'event_phone_call_ended', payload: () => ({ conversation_minutes: minutes }) },
    ...(call.hipaaCompliant
      ? []
      : [{ type: 'event_transcript' as const, payload: () => ({ transcript: transcriptOf(messages) }) }]),
    ...(call.recording
      ? [
          {
            type: 'event_recording' as const,
            payload: () => ({ recording_url: recordingUrl(publicUrl, call.id) }),
          },
        ]
      : []),
    ...(failed ? [error] : []),
  ];
}

/** Asked for with an API key, as every route. */
function recordingUrl(publicUrl: string, callId: string): string {
  return `${publicUrl}/vocode/v1/calls/recording?id=${callId}`;
}
