import type { Agent, StartSpeakingPlan } from '../../../domain/agents/agent.ts';
import { compact } from '../fields.ts';
import { fromServer } from '../servers/from-domain.ts';
import { fromBrain, fromTranscriber, fromVoice } from './model-from-domain.ts';

/** The vendor's shape of an agent: unset keys are left out, secrets never appear. */
export function fromAgent(agent: Agent): Record<string, unknown> {
  const { artifactPlan, ...kept } = agent.extras.vapi ?? {};
  return compact({
    id: agent.id,
    orgId: agent.orgId,
    name: agent.name,
    firstMessage: agent.firstMessage,
    firstMessageMode: agent.firstMessageMode,
    firstMessageInterruptionsEnabled: agent.firstMessageInterruptionsEnabled,
    model: agent.brain && fromBrain(agent.brain),
    voice: agent.voice && fromVoice(agent.voice),
    transcriber: agent.transcriber && fromTranscriber(agent.transcriber),
    endCallMessage: agent.endCallMessage,
    endCallPhrases: agent.endCallPhrases,
    maxDurationSeconds: agent.maxDurationSeconds,
    silenceTimeoutSeconds: agent.silenceTimeoutSeconds,
    startSpeakingPlan: agent.startSpeakingPlan && fromStartSpeakingPlan(agent.startSpeakingPlan),
    stopSpeakingPlan: agent.stopSpeakingPlan,
    keypadInputPlan: agent.keypadInputPlan,
    artifactPlan: fromArtifactPlan(artifactPlan as object | undefined, agent.recordingEnabled),
    server: agent.server && fromServer(agent.server),
    metadata: agent.metadata,
    ...kept,
    createdAt: new Date(agent.createdAt).toISOString(),
    updatedAt: new Date(agent.updatedAt).toISOString(),
  });
}

function fromArtifactPlan(kept: object | undefined, recordingEnabled: boolean | undefined): unknown {
  if (kept === undefined && recordingEnabled === undefined) return undefined;
  return { ...kept, ...compact({ recordingEnabled }) };
}

function fromStartSpeakingPlan(plan: StartSpeakingPlan): Record<string, unknown> {
  const { waitSeconds, customEndpointingRules, smart, ...delays } = plan;
  return {
    ...smart,
    ...compact({ waitSeconds, customEndpointingRules }),
    ...(Object.keys(delays).length > 0 && { transcriptionEndpointingPlan: delays }),
  };
}
