import type { Agent } from '../../domain/agents/agent.ts';
import type { Credential } from '../../domain/credentials/credential.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import type { Org } from '../../domain/orgs/org.ts';

/** A field that is stored and returned but does nothing on a call yet: named in the timeline of each call it concerns. */
export interface IgnoredField {
  field: string;
  reason: string;
}

const NOT_BUILT = 'stored and returned; it has no effect on calls yet';

/** Assistant keys of the vendor that have no effect yet. Those that concern outbound calls only are left out. */
const ASSISTANT_KEYS = [
  'backgroundSound',
  'backgroundSpeechDenoisingPlan',
  'analysisPlan',
  'hooks',
  'observabilityPlan',
  'transportConfigurations',
  'clientMessages',
  'credentials',
  'modelOutputInMessagesEnabled',
];

/** Keys of the vendor's parts that have no effect yet, with whichever provider. */
const VOICE_KEYS = ['chunkPlan', 'cachingEnabled', 'pronunciationDictionaryLocators', 'fallbackPlan'];
const TRANSCRIBER_KEYS = ['fallbackPlan', 'eotThreshold', 'eotTimeoutMs'];
const MODEL_KEYS = [
  'knowledgeBase',
  'knowledgeBaseId',
  'fallbackModels',
  'emotionRecognitionEnabled',
  'numFastTurns',
  'toolRefs',
];
const TOOL_KEYS = ['rejectionPlan', 'variableExtractionPlan', 'parameters', 'defaultResult'];

/** Of open.cx's phone agents. Its `model` is a generation of the vendor's own agents. */
const PHONE_KEYS = ['accent', 'flow', 'manual_mode', 'model'];

/** Of Fluents' agents. */
const AGENT_KEYS = ['enable_dynamic_turns', 'post_call_actions', 'post_call_insights'];

/** Of the compliance plan `hipaaEnabled` is built. */
const COMPLIANCE_KEYS = ['pciEnabled', 'securityFilterPlan', 'recordingConsentPlan'];

const BUILT_TOOLS = new Set([
  'endCall',
  'dtmf',
  'function',
  'transferCall',
  'handoff',
  'setHold',
  'external',
  'addToConference',
]);

const TEXT_IS_STREAMED: IgnoredField = {
  field: 'assistant.voice.experimentalInputStreaming',
  reason: 'the text goes to the voice sentence by sentence, also where it was to be sent whole',
};

const BLOCK_IS_WHOLE: IgnoredField = {
  field: 'agent.prompt.type',
  reason: 'a block is taken as a whole prompt',
};

const NOISE_STAYS: IgnoredField = {
  field: 'inbound_trunk.krisp_enabled',
  reason: 'noise is not taken out of what callers say',
};

export function ignoredAgentFields(agent: Agent): IgnoredField[] {
  const extras = agent.extras.vapi ?? {};
  const fields = ASSISTANT_KEYS.filter((key) => isSet(extras[key]));
  if (agent.startSpeakingPlan?.smart) fields.push('startSpeakingPlan.smartEndpointingPlan');
  fields.push(...settingsOf('compliancePlan', partOf(extras.compliancePlan), COMPLIANCE_KEYS));
  fields.push(...settingsOf('voice', agent.voice?.settings, VOICE_KEYS));
  fields.push(...settingsOf('transcriber', agent.transcriber?.settings, TRANSCRIBER_KEYS));
  // Keys of Fluents that nobody knows the meaning of: those of the engine have no underscore.
  const foreign = Object.keys(agent.transcriber?.settings ?? {}).filter((key) => key.includes('_'));
  fields.push(...settingsOf('transcriber', agent.transcriber?.settings, foreign));
  fields.push(...settingsOf('model', agent.brain?.settings, MODEL_KEYS));
  for (const tool of agent.brain?.tools ?? []) {
    if (BUILT_TOOLS.has(tool.type))
      fields.push(...settingsOf(`model.tools.${tool.type}`, tool.settings, TOOL_KEYS));
    else fields.push(`model.tools.${tool.type}`);
  }
  const ignored = [
    ...[...new Set(fields)].map((field) => `assistant.${field}`),
    ...settingsOf('phone', agent.extras.opencx, PHONE_KEYS),
    ...(agent.dials?.noiseSuppression ? ['agent.noise_suppression'] : []),
    ...settingsOf('agent', agent.extras.fluents, AGENT_KEYS),
    ...(agent.partIds?.vectorDatabase ? ['agent.vector_database'] : []),
  ].map((field) => ({ field, reason: NOT_BUILT }));
  if (agent.voice?.settings.experimentalInputStreaming === false) ignored.push(TEXT_IS_STREAMED);
  if (agent.promptPlan?.form === 'block') ignored.push(BLOCK_IS_WHOLE);
  return ignored;
}

/** What the org asks for calls that come in on its trunk and cannot have yet. */
export function ignoredTrunkFields({ address }: PhoneNumber, org: Org | undefined): IgnoredField[] {
  const trunk = org?.inboundTrunk;
  const isOnTrunk = address !== undefined && trunk?.numbers.includes(address);
  return isOnTrunk && trunk?.krispEnabled ? [NOISE_STAYS] : [];
}

/** What the account of a number asks for the calls that it carries: a call that we place goes over a trunk. */
export function ignoredAccountFields({
  steeringPool,
  anyCallerIdSupported,
  extras,
}: Pick<Credential, 'steeringPool' | 'anyCallerIdSupported' | 'extras'>): IgnoredField[] {
  const asked = {
    steering_pool: steeringPool,
    account_supports_any_caller_id: anyCallerIdSupported,
    config: extras?.fluents?.config,
  };
  return settingsOf('telephony_account_connection', asked, Object.keys(asked)).map((field) => ({
    field,
    reason: 'the call goes over a trunk, and not through the account',
  }));
}

/** What the carrier of a number would do for a call that is dialled from it: carriers are not contacted yet. */
export function ignoredCarrierFields({ carrier }: Pick<PhoneNumber, 'carrier'>): IgnoredField[] {
  if (carrier === 'sip' || carrier === 'trunk') return [];
  const reason = `the call goes over a trunk of the org, and not through the account at ${carrier}`;
  return [{ field: 'phoneNumber.provider', reason }];
}

/** Settings of the vendors' own detections of machines, of an agent whose call may meet one: ours knows the times alone. */
export function ignoredVoicemailFields({
  voicemailDetection,
}: Pick<Agent, 'voicemailDetection'>): IgnoredField[] {
  if (!voicemailDetection || voicemailDetection === 'off') return [];
  const { enabled, ...settings } = voicemailDetection.settings;
  if (enabled === false) return [];
  return settingsOf('assistant.voicemailDetection', settings, Object.keys(settings)).map((field) => ({
    field,
    reason: 'a machine is told by its beep and by what it says, whichever provider is named',
  }));
}

function partOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function settingsOf(part: string, settings: Record<string, unknown> | undefined, keys: string[]): string[] {
  return keys.filter((key) => isSet(settings?.[key])).map((key) => `${part}.${key}`);
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 'off') return false;
  return !(Array.isArray(value) && value.length === 0);
}
