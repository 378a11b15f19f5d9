import type { Agent, AgentDestination } from '../../../domain/agents/agent.ts';
import type { Call } from '../../../domain/calls/call.ts';
import type { CallNotice, CallScene } from '../../../flow/server-messages.ts';
import { fromTransientAgent } from '../assistants/from-domain.ts';
import { debuggingArtifacts } from '../calls/from-domain.ts';
import { forwardedTo } from '../calls/transfers-from-domain.ts';
import { fromAgentDestination } from '../destinations/agent-from-domain.ts';
import { fromDestination } from '../destinations/from-domain.ts';
import { compact } from '../fields.ts';
import { artifactOf, type Json } from './envelope.ts';
import { fromModelOutput } from './model-output.ts';

/** Asked for, it hands the server the hanging up and the forwarding. */
export const CALL_CONTROL = 'phone-call-control';
const FINAL_TRANSCRIPT = 'transcript[transcriptType="final"]';

type NoticeType = CallNotice['type'];
type NoticeOf<T extends NoticeType> = Extract<CallNotice, { type: T }>;

/** One kind of notice on the vendor's wire. */
interface NoticeMessages<T extends NoticeType> {
  /** The vendor's name of the message. */
  type: string;
  /** Names in `serverMessages` that ask for it, where they are not `type` alone. */
  askedAs?(notice: NoticeOf<T>): string[];
  /** What the messages have of their own; most notices give one. */
  bodies(notice: NoticeOf<T>, scene: CallScene, publicUrl: string): Json[];
}

const ROLES = { user: 'user', agent: 'assistant' } as const;

/**
 * Messages that tell of a moment (speech, transcripts, tokens) leave `artifact` out, as the vendor's schema allows:
 * several come in each turn, and the whole conversation in each of them would make a call's traffic grow by its square.
 */
const MESSAGES: { [T in NoticeType]: NoticeMessages<T> } = {
  'status-changed': {
    type: 'status-update',
    bodies: (notice, scene, publicUrl) => [statusUpdate(notice, scene, artifactOf(scene, publicUrl))],
  },
  'call-reported': {
    type: 'end-of-call-report',
    bodies: (_notice, scene, publicUrl) => [callReport(scene.call, artifactOf(scene, publicUrl))],
  },
  'agent-started': {
    type: 'assistant.started',
    bodies: (_notice, { agent }) => [compact({ newAssistant: agent && fromTransientAgent(agent) })],
  },
  'agent-handed-off': {
    type: 'transfer-update',
    bodies: ({ from, to }, scene, publicUrl) => [
      {
        destination: fromAgentDestination(destinationOf(to)),
        fromAssistant: fromTransientAgent(from),
        toAssistant: fromTransientAgent(to),
        artifact: artifactOf(scene, publicUrl),
      },
    ],
  },
  'conversation-changed': {
    type: 'conversation-update',
    bodies: (_notice, scene, publicUrl) => {
      const artifact = artifactOf(scene, publicUrl);
      const { messages, messagesOpenAIFormatted } = artifact;
      // `conversation` is the older name, still read by handlers.
      return [{ messages, messagesOpenAIFormatted, conversation: messagesOpenAIFormatted, artifact }];
    },
  },
  transcribed: {
    type: 'transcript',
    askedAs: ({ isFinal }) => ['transcript', ...(isFinal ? [FINAL_TRANSCRIPT] : [])],
    bodies: ({ role, text, isFinal }, { agent, call }) => [
      {
        role: ROLES[role],
        transcriptType: isFinal ? 'final' : 'partial',
        transcript: text,
        ...(role === 'agent' && compact({ assistantId: call.agentId, assistantName: agent?.name })),
      },
    ],
  },
  'speech-changed': {
    type: 'speech-update',
    bodies: ({ role, status, turn }) => [{ status, role: ROLES[role], turn }],
  },
  'user-interrupted': { type: 'user-interrupted', bodies: ({ turnId }) => [{ turnId }] },
  'model-gave': {
    type: 'model-output',
    bodies: ({ output, turnId }) => fromModelOutput(output).map((shown) => ({ output: shown, turnId })),
  },
  'transfer-changed': {
    type: 'transfer-update',
    bodies: ({ transfer }, scene, publicUrl) => [
      { destination: fromDestination(transfer.destination), artifact: artifactOf(scene, publicUrl) },
    ],
  },
  // The vendor tells of a machine by the call's end alone.
  'human-detected': { type: 'status-update', bodies: () => [] },
  'control-delegated': {
    type: CALL_CONTROL,
    bodies: (notice) => [
      notice.request === 'hang-up'
        ? { request: notice.request }
        : { request: notice.request, destination: fromDestination(notice.destination) },
    ],
  },
  'agent-delayed': { type: 'hang', bodies: () => [{}] },
};

/** What a notice says on the wire, before anything is rendered. */
export interface PlannedMessages {
  type: string;
  askedAs: string[];
  bodies(): Json[];
}

export function plannedMessages(notice: CallNotice, scene: CallScene, publicUrl: string): PlannedMessages {
  const messages = MESSAGES[notice.type] as NoticeMessages<NoticeType>;
  return {
    type: messages.type,
    askedAs: messages.askedAs?.(notice) ?? [messages.type],
    bodies: () => messages.bodies(notice, scene, publicUrl),
  };
}

function statusUpdate(
  { destination }: NoticeOf<'status-changed'>,
  { call }: CallScene,
  artifact: Json,
): Json {
  const { status, endReason } = call;
  const shared = { status, artifact };
  if (status === 'ended') {
    const failure = debuggingArtifacts(call);
    return compact({ ...shared, endedReason: endReason, inboundPhoneCallDebuggingArtifacts: failure });
  }
  if (status !== 'forwarding') return shared;
  const { messages, messagesOpenAIFormatted, transcript } = artifact;
  const shownDestination = destination && fromDestination(destination);
  return compact({ ...shared, destination: shownDestination, messages, messagesOpenAIFormatted, transcript });
}

/** All of an ended call; what stands in `artifact` is repeated where older handlers read it. */
function callReport(call: Call, artifact: Json): Json {
  const { answeredAt, endedAt = call.updatedAt } = call;
  const durationMs = answeredAt === undefined ? 0 : Math.max(0, endedAt - answeredAt);
  const { messages, transcript, recordingUrl, stereoRecordingUrl } = artifact;
  return compact({
    endedReason: call.endReason,
    startedAt: answeredAt === undefined ? undefined : new Date(answeredAt).toISOString(),
    endedAt: new Date(endedAt).toISOString(),
    durationMs,
    durationSeconds: durationMs / 1000,
    durationMinutes: durationMs / 60_000,
    destination: forwardedTo(call),
    // The exchange charges nothing and analyses nothing; clients of the vendor read these keys all the same.
    cost: 0,
    costs: [],
    analysis: {},
    artifact,
    messages,
    transcript,
    recordingUrl,
    stereoRecordingUrl,
    inboundPhoneCallDebuggingArtifacts: debuggingArtifacts(call),
  });
}

function destinationOf({ name, id }: Agent): AgentDestination {
  return { type: 'agent', ...(name === undefined ? { agentId: id } : { agentName: name }), settings: {} };
}
