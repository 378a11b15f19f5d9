import type {
  Agent,
  AgentOverrides,
  StartSpeakingPlan,
  VoicemailDetection,
} from '../../../domain/agents/agent.ts';
import type { Extras } from '../../../domain/extras.ts';
import { compact } from '../fields.ts';
import { provide } from '../nesting.ts';
import { fromServer } from '../servers/from-domain.ts';
import { fromTool } from '../tools/from-domain.ts';
import { fromBrain, fromTranscriber, fromVoice } from './model-from-domain.ts';

/** The vendor's shape of an agent: unset keys are left out, secrets never appear. */
export function fromAgent(agent: Agent): Record<string, unknown> {
  return {
    id: agent.id,
    orgId: agent.orgId,
    ...fieldsOf(agent, agent.extras),
    createdAt: new Date(agent.createdAt).toISOString(),
    updatedAt: new Date(agent.updatedAt).toISOString(),
  };
}

/** An agent that is given in place: what the exchange added is left out. */
export function fromTransientAgent(agent: Agent): Record<string, unknown> {
  return fieldsOf(agent, agent.extras);
}

export function fromOverrides({ fields, extras, variables, appendedTools }: AgentOverrides) {
  return {
    ...fieldsOf(fields, extras),
    ...compact({ variableValues: variables, 'tools:append': appendedTools?.map(fromTool) }),
  };
}

provide({ fromAgent: fromTransientAgent, fromOverrides });

function fieldsOf(agent: AgentOverrides['fields'], extras: Extras = {}): Record<string, unknown> {
  const { artifactPlan, monitorPlan, ...kept } = extras.vapi ?? {};
  return compact({
    name: agent.name,
    firstMessage: agent.firstMessage,
    firstMessageMode: agent.firstMessageMode,
    firstMessageInterruptionsEnabled: agent.firstMessageInterruptionsEnabled,
    model: agent.brain && fromBrain(agent.brain),
    voice: agent.voice && fromVoice(agent.voice),
    transcriber: agent.transcriber && fromTranscriber(agent.transcriber),
    endCallMessage: agent.endCallMessage,
    endCallPhrases: agent.endCallPhrases,
    voicemailDetection: agent.voicemailDetection && fromVoicemailDetection(agent.voicemailDetection),
    voicemailMessage: agent.voicemailMessage,
    maxDurationSeconds: agent.maxDurationSeconds,
    silenceTimeoutSeconds: agent.silenceTimeoutSeconds,
    startSpeakingPlan: agent.startSpeakingPlan && fromStartSpeakingPlan(agent.startSpeakingPlan),
    stopSpeakingPlan: agent.stopSpeakingPlan,
    keypadInputPlan: agent.keypadInputPlan,
    artifactPlan: merged(
      artifactPlan,
      agent.recordingEnabled === undefined ? undefined : { recordingEnabled: agent.recordingEnabled },
    ),
    server: agent.server && fromServer(agent.server),
    serverMessages: agent.serverMessages,
    monitorPlan: merged(monitorPlan, agent.monitorPlan),
    credentialIds: agent.credentialIds,
    metadata: agent.metadata,
    ...kept,
  });
}

/** A plan of which a part has a meaning and the rest is kept as it came. */
function merged(kept: unknown, known: object | undefined): unknown {
  return kept || known ? { ...(kept as object | undefined), ...known } : undefined;
}

function fromVoicemailDetection(detection: VoicemailDetection | 'off'): unknown {
  if (detection === 'off') return detection;
  const { settings, ...plan } = detection;
  return { ...settings, ...plan };
}

function fromStartSpeakingPlan(plan: StartSpeakingPlan): Record<string, unknown> {
  const { waitSeconds, customEndpointingRules, smart, ...delays } = plan;
  return {
    ...smart,
    ...compact({ waitSeconds, customEndpointingRules }),
    ...(Object.keys(delays).length > 0 && { transcriptionEndpointingPlan: delays }),
  };
}
