import type { Call, CallEvent, CallMessage, TurnLatency } from '../../src/domain/calls/call.ts';
import type { NewCallEvent } from '../../src/domain/calls/call-repository.ts';
import { newId } from '../../src/lib/ids.ts';

/** A call that was answered a second after it rang, and is still up. */
export function liveCall(orgId: string, at: number, extra: Partial<Call> = {}): Call {
  return {
    id: newId(at),
    orgId,
    nodeId: 'node-1',
    direction: 'inbound',
    carrier: 'sip',
    transport: 'sip',
    status: 'in-progress',
    customer: { number: '+14155550123', name: 'Ann' },
    carrierCallId: 'a84b4c76e66710@caller.example',
    variables: { first_name: 'Ann' },
    headers: { 'x-first_name': 'Ann' },
    createdAt: at,
    updatedAt: at,
    answeredAt: at + 1000,
    ...extra,
  };
}

export function eventOf(call: Call, type: CallEvent['type'], at: number, data: object = {}): NewCallEvent {
  return { id: newId(at), callId: call.id, orgId: call.orgId, type, at, data: { ...data } };
}

/** A question and its answer, with a tool between them; the answer was cut off. */
export function sampleMessages(at: number): CallMessage[] {
  return [
    { role: 'system', message: 'You are Ann.', startedAt: at, endedAt: at },
    { role: 'agent', message: 'Hello.', startedAt: at + 100, endedAt: at + 900 },
    { role: 'user', message: 'Opening hours?', startedAt: at + 1500, endedAt: at + 2500, inputMode: 'voice' },
    {
      role: 'tool-call',
      message: '',
      startedAt: at + 2600,
      endedAt: at + 2600,
      toolCall: { id: 't1', name: 'hours', arguments: { day: 'monday' } },
    },
    {
      role: 'tool-result',
      message: 'nine to five',
      startedAt: at + 2700,
      endedAt: at + 2700,
      toolCall: { id: 't1', name: 'hours', result: 'nine to five' },
    },
    { role: 'agent', message: 'We are open', startedAt: at + 3000, endedAt: at + 4000, interrupted: true },
  ];
}

export function sampleTurns(at: number): TurnLatency[] {
  return [
    {
      turn: 1,
      speechEndedAt: at + 2500,
      transcriptMs: 120,
      commitMs: 320,
      brainFirstTokenMs: 400,
      voiceFirstAudioMs: 480,
      rtpFirstPacketMs: 500,
    },
    { turn: 2, speechEndedAt: at + 9000, transcriptMs: 80, commitMs: 280 },
  ];
}
