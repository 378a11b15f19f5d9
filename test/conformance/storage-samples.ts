import type { Agent } from '../../src/domain/agents/agent.ts';
import type { Call, CallEventType } from '../../src/domain/calls/call.ts';
import type { NewCallEvent } from '../../src/domain/calls/call-repository.ts';
import type { Credential } from '../../src/domain/credentials/credential.ts';
import type { KnowledgeDocument, Scenario } from '../../src/domain/knowledge/knowledge.ts';
import type { PhoneNumber } from '../../src/domain/numbers/number.ts';
import type { PartKind, PartOf } from '../../src/domain/parts/part.ts';
import type { Squad } from '../../src/domain/squads/squad.ts';
import type { Tool } from '../../src/domain/tools/tool.ts';
import { newId } from '../../src/lib/ids.ts';
import { Secret } from '../../src/lib/secret.ts';

export const ORG = 'org-1';
export const OTHER_ORG = 'org-2';
const MADE_AT = 1_700_000_000_000;

export function aNumber(fields: Partial<PhoneNumber> = {}): PhoneNumber {
  return {
    id: newId(),
    orgId: ORG,
    carrier: 'sip',
    e164CheckEnabled: true,
    status: 'active',
    binding: {},
    extras: {},
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  };
}

export function anAgent(fields: Partial<Agent> = {}): Agent {
  return { id: newId(), orgId: ORG, extras: {}, createdAt: MADE_AT, updatedAt: MADE_AT, ...fields };
}

export function aSquad(fields: Partial<Squad> = {}): Squad {
  return {
    id: newId(),
    orgId: ORG,
    members: [],
    extras: {},
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  };
}

export function aTool(fields: Partial<Tool> = {}): Tool {
  const tool = { type: 'function', name: 'hours', server: { url: 'https://x.example' }, settings: {} };
  return { id: newId(), orgId: ORG, tool, createdAt: MADE_AT, updatedAt: MADE_AT, ...fields };
}

const PART_VALUES = {
  prompt: { content: 'You sell bread.', plan: { label: 'Bakery' } },
  voice: { voice: { provider: 'azure', voiceId: 'en-US-AriaNeural', settings: { rate: 15 } } },
  webhook: { webhook: { url: 'https://x.example/hook', method: 'POST', subscriptions: ['event_message'] } },
  'vector-database': {
    database: { type: 'pinecone', index: 'bread', apiKey: new Secret('of a part'), apiEnvironment: 'us-1' },
  },
} as const;

export function aPart<K extends PartKind>(kind: K, fields: Partial<PartOf<K>> = {}): PartOf<K> {
  return {
    id: newId(),
    orgId: ORG,
    kind,
    ...PART_VALUES[kind],
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  } as unknown as PartOf<K>;
}

export function aDocument(fields: Partial<KnowledgeDocument> = {}): KnowledgeDocument {
  return {
    id: newId(),
    orgId: ORG,
    title: 'Opening hours',
    format: 'text',
    content: 'We open at seven.',
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  };
}

export function aScenario(fields: Partial<Scenario> = {}): Scenario {
  return {
    id: newId(),
    orgId: ORG,
    title: 'Angry caller',
    content: 'Say that you are sorry.',
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  };
}

export function aTrunk(fields: Partial<Extract<Credential, { provider: 'byo-sip-trunk' }>> = {}): Credential {
  return {
    id: newId(),
    orgId: ORG,
    provider: 'byo-sip-trunk',
    gateways: [],
    outboundAuthenticationPlan: { authUsername: 'trunk', authPassword: new Secret('trunk-password-51') },
    outboundLeadingPlusEnabled: true,
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  };
}

export function aCall(fields: Partial<Call> = {}): Call {
  return {
    id: newId(),
    orgId: ORG,
    nodeId: 'node-1',
    direction: 'inbound',
    carrier: 'sip',
    transport: 'sip',
    status: 'ringing',
    customer: { sipUri: 'sip:caller@example.com' },
    carrierCallId: 'abc@example.com',
    variables: {},
    headers: {},
    createdAt: MADE_AT,
    updatedAt: MADE_AT,
    ...fields,
  };
}

export function anEvent(call: Call, type: CallEventType, data: Record<string, unknown> = {}): NewCallEvent {
  return { id: newId(), callId: call.id, orgId: call.orgId, type, at: MADE_AT, data };
}

export function ended(call: Call): Call {
  return { ...call, status: 'ended', endReason: 'customer-ended-call', blame: 'none', endedAt: MADE_AT + 1 };
}
