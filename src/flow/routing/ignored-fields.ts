import type { Agent } from '../../domain/agents/agent.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';

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

const BUILT_TOOLS = new Set(['endCall', 'dtmf', 'function', 'transferCall', 'handoff']);

export function ignoredAgentFields(agent: Agent): IgnoredField[] {
  const extras = agent.extras.vapi ?? {};
  const fields = ASSISTANT_KEYS.filter((key) => isSet(extras[key]));
  if (agent.startSpeakingPlan?.smart) fields.push('startSpeakingPlan.smartEndpointingPlan');
  fields.push(...settingsOf('voice', agent.voice?.settings, VOICE_KEYS));
  fields.push(...settingsOf('transcriber', agent.transcriber?.settings, TRANSCRIBER_KEYS));
  fields.push(...settingsOf('model', agent.brain?.settings, MODEL_KEYS));
  for (const tool of agent.brain?.tools ?? []) {
    if (BUILT_TOOLS.has(tool.type))
      fields.push(...settingsOf(`model.tools.${tool.type}`, tool.settings, TOOL_KEYS));
    else fields.push(`model.tools.${tool.type}`);
  }
  return [...new Set(fields)].map((field) => ({ field: `assistant.${field}`, reason: NOT_BUILT }));
}

/** Parts of a transfer plan that wait for the modes of transfer beyond the plain dial. */
export function ignoredDestinationFields({ transferPlan, type }: TransferDestination): IgnoredField[] {
  if (!transferPlan) return [];
  const { mode, dialTimeoutSeconds: _, sipVerb, message, ...rest } = transferPlan;
  const fields = [
    mode === 'blind-transfer' ? undefined : `mode (${mode})`,
    // Of the verbs, `dial` is what the exchange does.
    type === 'sip' && sipVerb && sipVerb !== 'dial' ? `sipVerb (${sipVerb})` : undefined,
    message === undefined ? undefined : 'message',
    ...Object.keys(rest),
  ];
  return fields
    .filter((field) => field !== undefined)
    .map((field) => ({
      field: `destination.transferPlan.${field}`,
      reason: 'a new leg is dialled and joined to the caller; other ways to transfer are not built yet',
    }));
}

function settingsOf(part: string, settings: Record<string, unknown> | undefined, keys: string[]): string[] {
  return keys.filter((key) => isSet(settings?.[key])).map((key) => `${part}.${key}`);
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 'off') return false;
  return !(Array.isArray(value) && value.length === 0);
}
