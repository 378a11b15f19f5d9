import type { Agent } from '../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';

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
  'compliancePlan',
  'monitorPlan',
  'transportConfigurations',
  'serverMessages',
  'clientMessages',
  'credentials',
  'credentialIds',
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
const TOOL_KEYS = ['messages', 'rejectionPlan'];

const BUILT_TOOLS = new Set(['endCall', 'dtmf']);

export function ignoredNumberFields(number: PhoneNumber): IgnoredField[] {
  const { squadId, workflowId } = number.binding;
  const fields = [
    number.hooks?.length ? 'hooks' : undefined,
    number.fallbackDestination ? 'fallbackDestination' : undefined,
    number.server?.url ? 'server' : undefined,
    squadId ? 'squadId' : undefined,
    workflowId ? 'workflowId' : undefined,
  ];
  return fields.filter((field) => field !== undefined).map((field) => ({ field, reason: NOT_BUILT }));
}

export function ignoredAgentFields(agent: Agent): IgnoredField[] {
  const extras = agent.extras.vapi ?? {};
  const fields = ASSISTANT_KEYS.filter((key) => isSet(extras[key]));
  if (agent.server?.url) fields.push('server');
  if (agent.startSpeakingPlan?.smart) fields.push('startSpeakingPlan.smartEndpointingPlan');
  fields.push(...settingsOf('voice', agent.voice?.settings, VOICE_KEYS));
  fields.push(...settingsOf('transcriber', agent.transcriber?.settings, TRANSCRIBER_KEYS));
  fields.push(...settingsOf('model', agent.brain?.settings, MODEL_KEYS));
  if (agent.brain?.toolIds.length) fields.push('model.toolIds');
  for (const tool of agent.brain?.tools ?? []) {
    if (BUILT_TOOLS.has(tool.type))
      fields.push(...settingsOf(`model.tools.${tool.type}`, tool.settings, TOOL_KEYS));
    else fields.push(`model.tools.${tool.type}`);
  }
  return [...new Set(fields)].map((field) => ({ field: `assistant.${field}`, reason: NOT_BUILT }));
}

function settingsOf(part: string, settings: Record<string, unknown> | undefined, keys: string[]): string[] {
  return keys.filter((key) => isSet(settings?.[key])).map((key) => `${part}.${key}`);
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 'off') return false;
  return !(Array.isArray(value) && value.length === 0);
}
