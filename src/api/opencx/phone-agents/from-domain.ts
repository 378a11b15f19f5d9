import type { Agent } from '../../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { instantOf } from '../fields.ts';
import { extrasOf } from './extras.ts';
import type { PhoneAgentReply, PhoneModel } from './schema.ts';

/** The vendor's default for new agents (open.cx, create a phone agent). */
const DEFAULT_MODEL: PhoneModel = 'oppie-vox-livekit';
/** A voice's own pace. */
const DEFAULT_SPEED = 1;

/** @param number the oldest number that is bound to the agent */
export function fromAgent(agent: Agent, number: PhoneNumber | undefined): PhoneAgentReply {
  const extras = extrasOf(agent);
  const { brain, dataCollection } = agent;
  return {
    id: agent.id,
    org_id: agent.orgId,
    phone_number: number?.address ?? number?.sipUri ?? null,
    name: agent.name ?? null,
    type: agent.kind ?? 'inbound',
    language: agent.transcriber?.language ?? null,
    accent: extras.accent ?? null,
    handoff_phone_number: handoffOf(agent),
    speed: agent.voice?.speed ?? DEFAULT_SPEED,
    interruptible: agent.dials?.interruptible ?? true,
    actionIds: agent.usesAllTools ? null : (brain?.toolIds ?? []),
    instructions: agent.scenarioIds ?? null,
    data_collection_fields: dataCollection?.fields.map(({ name }) => name) ?? null,
    data_collection_webhook_url: dataCollection?.webhookUrl ?? null,
    model: extras.model ?? DEFAULT_MODEL,
    voice_id: agent.voice?.voiceId ?? null,
    first_message: agent.firstMessage ?? null,
    created_at: instantOf(agent.createdAt),
    updated_at: instantOf(agent.updatedAt),
    // A carrier's own id of the number; the exchange keeps none.
    provider_external_id: null,
    flow: extras.flow ?? null,
    manual_mode: extras.manual_mode ?? false,
    custom_llm: brain?.provider === 'custom-llm' ? (brain.url ?? null) : null,
    use_org_knowledgebase: agent.usesKnowledge ?? false,
  };
}

function handoffOf({ handoffDestination: destination }: Agent): string | null {
  if (!destination) return null;
  return destination.type === 'number' ? destination.number : destination.sipUri;
}
