import { type FieldFamily, type FieldTable, ignored, is, kept, same } from '../server/field-table.ts';

const NOT_BUILT = "this vendor's voice is not built yet: the offline one stands in, and each call says so";

/** What every object of the vendor has; the user is the org. */
function identityOf(object: string): FieldFamily['fields'] {
  return { id: is(`${object}.id`), user_id: is(`${object}.orgId`) };
}

/** The vendor's document of a number and its update, of the first revision. */
export const FIELD_TABLE: FieldTable = {
  number: {
    schemas: ['UpdateNumberRequest', 'PhoneNumber'],
    fields: {
      ...identityOf('number'),
      active: is('number.status (false where it is blocked)'),
      number: is('number.address'),
      inbound_agent: is('number.binding.agentId (one that is given in place is changed or made)'),
    },
  },
  agent: {
    schemas: ['AgentUpdateParams', 'Agent'],
    fields: {
      ...identityOf('agent'),
      prompt: is('agent.brain.messages (the first system message)'),
      actions: is('agent.brain.toolIds, agent.brain.tools'),
      voice: is('agent.voice'),
      initial_message: is('agent.firstMessage'),
      webhook: is('agent.webhook'),
    },
  },
  transferAction: {
    schemas: ['TransferCallActionUpdateParams', 'TransferCallAction'],
    fields: { ...identityOf('tool'), type: is('tool.type'), config: is('tool.destinations') },
  },
  transferConfig: {
    schemas: ['TransferCallConfig'],
    fields: { phone_number: is('tool.destinations (the first one)') },
  },
  plainAction: {
    schemas: [
      'EndConversationActionUpdateParams',
      'EndConversationAction',
      'DTMFActionUpdateParams',
      'DTMFAction',
    ],
    fields: { ...identityOf('tool'), type: is('tool.type'), config: ignored('it has no fields') },
  },
  elevenLabsVoice: {
    schemas: ['ElevenLabsVoiceUpdateParams', 'ElevenLabsVoice'],
    fields: {
      ...identityOf('voice'),
      type: is('voice.provider'),
      ...same('voice.settings', 'stability'),
      voice_id: is('voice.voiceId'),
      similarity_boost: is('voice.settings.similarityBoost'),
      api_key: is('agent.voice.settings.apiKey (outranks credentials of the org; shown as a mask)'),
    },
  },
  azureVoice: {
    schemas: ['AzureVoiceUpdateParams', 'AzureVoice'],
    fields: {
      ...identityOf('voice'),
      type: kept(NOT_BUILT),
      voice_name: kept(`${NOT_BUILT}; a name such as \`offline:rms\` means that vendor's voice instead`),
      pitch: kept(NOT_BUILT),
      rate: kept(NOT_BUILT),
    },
  },
  rimeVoice: {
    schemas: ['RimeVoiceUpdateParams', 'RimeVoice'],
    fields: { ...identityOf('voice'), type: kept(NOT_BUILT), speaker: kept(NOT_BUILT) },
  },
  webhook: {
    schemas: ['WebhookUpdateParams', 'Webhook'],
    fields: {
      ...identityOf('webhook'),
      ...same('agent.webhook', 'subscriptions', 'url', 'method'),
    },
  },
  query: { schemas: ['query'], fields: { phone_number: is('number.address') } },
  error: { schemas: ['HTTPValidationError'], fields: same('error', 'detail') },
  errorDetail: { schemas: ['ValidationError'], fields: same('error.detail', 'loc', 'msg', 'type') },
};
