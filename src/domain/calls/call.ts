import type { Agent } from '../agents/agent.ts';
import type { TransferDestination, TransferVerb } from '../numbers/destination.ts';
import type { Carrier } from '../numbers/number.ts';
import type { Blame, EndReason } from './end-reason.ts';
import type { CallSchedule } from './outbound-order.ts';

export type CallStatus = 'scheduled' | 'queued' | 'ringing' | 'in-progress' | 'forwarding' | 'ended';

/** The person at the other end. */
export interface Customer {
  number?: string;
  sipUri?: string;
  name?: string;
  /** Of one who is called: keys pressed after the answer. */
  extension?: string;
  email?: string;
  /** The customer's own id of him. */
  externalId?: string;
}

/** One spoken, keyed or executed thing of the conversation. Times in milliseconds since the epoch. */
export interface CallMessage {
  role: 'system' | 'user' | 'agent' | 'tool-call' | 'tool-result';
  message: string;
  startedAt: number;
  endedAt: number;
  inputMode?: 'voice' | 'dtmf';
  /** The agent was cut off: `message` holds only what was played. */
  interrupted?: boolean;
  toolCall?: {
    id: string;
    name: string;
    arguments?: unknown;
    result?: string;
    /** The result tells what went wrong. */
    failed?: true;
  };
}

/** Where the time of one answer went. Milliseconds after the caller's speech ended; unset where the stage was not met. */
export interface TurnLatency {
  turn: number;
  speechEndedAt: number;
  /** The transcriber's final text was there. */
  transcriptMs?: number;
  /** The turn policy gave the turn to the agent. */
  commitMs?: number;
  brainFirstTokenMs?: number;
  voiceFirstAudioMs?: number;
  /** The first packet with the agent's voice left for the caller. */
  rtpFirstPacketMs?: number;
}

/** Kinds of lines in a call's timeline: past tense, stable names. */
export type CallEventType =
  | 'call.scheduled'
  | 'call.dialled'
  | 'call.ringing'
  | 'call.queued'
  | 'route.considered'
  | 'call.routed'
  | 'call.answered'
  | 'call.held'
  | 'call.resumed'
  | 'call.ended'
  | 'agent.started'
  | 'agent.handed-off'
  | 'agent.warned'
  | 'server.asked'
  | 'transfer.started'
  | 'transfer.answered'
  | 'transfer.refer-refused'
  | 'transfer.taken-over'
  | 'transfer.ended'
  | 'conference.briefed'
  | 'conference.joined'
  | 'conference.left'
  | 'control.received'
  | 'control.delegated'
  | 'message.added'
  | 'turn.measured'
  | 'dtmf.received'
  | 'speech.interrupted'
  | 'recording.started'
  | 'recording.failed'
  | 'recording.finished'
  | 'media.measured'
  | 'field.ignored'
  | 'fields.collected'
  | 'do-not-call.asked'
  | 'voicemail.detected';

/** One line of a call's timeline; written when it happens, never changed. */
export interface CallEvent {
  id: string;
  callId: string;
  orgId: string;
  /** 1, 2, 3 ... within the call. */
  seq: number;
  type: CallEventType;
  at: number;
  data: Record<string, unknown>;
}

export interface Recording {
  /** File name below the recordings folder of the data directory. */
  file: string;
  durationMs: number;
  /** Who is on each channel of the file. Unset: caller, agent. */
  channels?: RecordedParty[];
}

export type RecordedParty = 'caller' | 'agent' | 'operator';

/** What the wire did to the audio, seen from our side. Counts are packets. */
export interface MediaStats {
  codec: string;
  received: number;
  lost: number;
  late: number;
  rejected: number;
  sent: number;
  jitterMs: number;
  /** Loss the peer reports of our packets (RTCP), 0 to 1. */
  remoteLoss?: number;
  roundTripMs?: number;
  /** Where the audio was SRTP: its suite, and what was refused because its tag did not fit or it had come before. */
  srtp?: { suite: string; authenticationFailures: number; replayed: number };
}

/**
 * How a dialled destination answered. `refused` (by the policy) and `cancelled` (by us) are ends of a leg alone: the record
 * of a transfer says `failed` and `cancelled-by-caller`.
 */
export type TransferOutcome =
  | 'connected'
  | 'busy'
  | 'no-answer'
  | 'rejected'
  | 'unreachable'
  | 'voicemail'
  | 'cancelled-by-caller'
  | 'refused'
  | 'cancelled'
  | 'failed';

/** One attempt to bring the caller to somebody else. */
export interface Transfer {
  destination: TransferDestination;
  /** What asked for it. */
  by: 'hook' | 'assistant-request' | 'fallback' | 'agent' | 'control' | 'peer';
  /** What was done in the end: a refused `refer` becomes a `dial`. Unset: `dial`. */
  verb?: TransferVerb;
  /** Unset while it is under way, and of `bye`, which reaches for nobody. */
  outcome?: TransferOutcome;
  /** The SIP status behind the outcome, where one was received. */
  sipStatus?: number;
  /** What happened, for a person. */
  detail?: string;
  /** What the operator was told before the two were joined, in plain lines. */
  transcript?: string;
  /** What a transfer assistant and the operator said. */
  messages?: CallMessage[];
  startedAt: number;
  answeredAt?: number;
  endedAt?: number;
}

/** Why no agent answered, for the customer's eyes only. */
export interface RoutingFailure {
  error: string;
  /** What was wrong with the answer of the customer's server. */
  requestError?: string;
  /** That answer as it came. */
  response?: unknown;
}

/** One conversation: owns its legs and its outcome. */
export interface Call {
  id: string;
  orgId: string;
  /** The process that owns the call, so that after a crash only its own calls are closed. */
  nodeId: string;
  direction: 'inbound' | 'outbound';
  carrier: Carrier;
  transport: 'sip' | 'pstn';
  status: CallStatus;
  /** The customer's own label. */
  name?: string;
  numberId?: string;
  /** Of a call that was ordered for later. */
  schedule?: CallSchedule;
  squadId?: string;
  /** The agent that answers, as it was at that moment and without vendor keys; after a handoff the latest one; `agentId` is unset for a transient one. */
  agentId?: string;
  agent?: Agent;
  customer: Customer;
  /** The carrier's own id of the call: the SIP Call-ID, the Twilio sid. */
  carrierCallId: string;
  /** Template variables, from X- headers and overrides. */
  variables: Record<string, unknown>;
  /** X- headers of the INVITE, names in lower case. */
  headers: Record<string, string>;
  createdAt: number;
  updatedAt: number;
  answeredAt?: number;
  endedAt?: number;
  endReason?: EndReason;
  blame?: Blame;
  /** What happened, for a person; never read to the caller. */
  endMessage?: string;
  /** Written when the call ends; while it is up they are read from its events. */
  messages?: CallMessage[];
  turns?: TurnLatency[];
  transfers?: Transfer[];
  routingFailure?: RoutingFailure;
  /** Part of the URLs to listen and to steer; unguessable. */
  monitorToken?: string;
  /** Nothing of what was said is kept, and no recording. */
  hipaaCompliant?: boolean;
  /** Of a call that we placed, where it was looked for: who answered. */
  humanDetection?: 'human' | 'machine';
  /** The order's own wish for an answering machine (Vocode). */
  onNoHumanAnswer?: 'continue' | 'hangup';
  /** What came of asking the caller whether he may be called again. */
  doNotCall?: boolean;
  /** Fields that the agent has collected, by name. */
  collected?: Record<string, string>;
  recording?: Recording;
  media?: MediaStats;
}
