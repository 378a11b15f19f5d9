import {
  type FieldFamily,
  type FieldState,
  type FieldTable,
  ignored,
  is,
  kept,
  note,
  refused,
  same,
} from '../server/field-table.ts';

const NOT_BUILT = "this vendor's voice is not built yet: the offline one stands in, and each call says so";
const CARRIERS = 'carriers are not contacted yet';
const NO_ACCOUNTS = 'calls are placed over trunks, and not through an account yet; each such call says so';
const NO_VECTORS = 'this database is not asked yet; each call names `agent.vector_database`';
const PURCHASE = refused('numbers are not bought yet', '400 "Numbers cannot be bought here: …"');

/** What every object of the vendor has; the user is the org. */
function identityOf(object: string): FieldFamily['fields'] {
  return { id: is(`${object}.id`), user_id: is(`${object}.orgId`) };
}

function all(state: FieldState, ...names: string[]): FieldFamily['fields'] {
  return Object.fromEntries(names.map((name) => [name, state]));
}

/** The forms in which the later document has an object: what creates it, what changes it, and what is shown. */
function forms(name: string): string[] {
  return [`${name}Params`, `${name}UpdateParams`, name];
}

const TRIGGER = { action_trigger: is('tool.phraseTriggers (without one: the model calls it)') };
const NUMBER_IDENTITY = {
  label: note('number.name'),
  outbound_only: is('number.outboundOnly'),
  example_context: is('number.exampleContext'),
  inbound_agent: is('number.binding.agentId (one that is given in place is changed or made)'),
};

/** The vendor's documents: of a number and its update, of all routes of 2023-08-22, and of those of 2024-08-27. */
export const FIELD_TABLE: FieldTable = {
  number: {
    schemas: ['UpdateNumberRequest', 'PhoneNumber', 'NormalizedPhoneNumber', 'LinkPhoneNumberRequest'],
    fields: {
      ...identityOf('number'),
      ...NUMBER_IDENTITY,
      active: is('number.status (false where it is blocked)'),
      number: is('number.address'),
      phone_number: is('number.address'),
      telephony_provider: is('number.carrier (`vonage` for all but Twilio: the vendor knows no other)'),
      telephony_account_connection: is('number.credentialId'),
    },
  },
  purchase: {
    schemas: ['BuyPhoneNumberRequest'],
    fields: all(PURCHASE, 'area_code', 'telephony_provider', 'telephony_account_connection', 'inbound_agent'),
  },
  agent: {
    schemas: [...forms('Agent'), 'NormalizedAgent', 'CreateCallAgentParams'],
    fields: {
      ...identityOf('agent'),
      name: is('agent.name'),
      prompt: is('agent.brain.messages (the first system message), agent.promptPlan'),
      actions: is('agent.brain.toolIds, agent.brain.tools'),
      voice: is('agent.voice'),
      initial_message: is('agent.firstMessage'),
      webhook: is('agent.webhook'),
      vector_database: kept(NO_VECTORS),
      language: is('agent.transcriber.language'),
      deepgram_keywords: is(
        'agent.transcriber.settings.keywords (key terms on nova-3, which knows no boost)',
      ),
      context_endpoint: is('agent.contextEndpoint'),
      interrupt_sensitivity: is('agent.dials.interruptSensitivity'),
      endpointing_sensitivity: is('agent.dials.endpointingSensitivity (`auto` waits as `relaxed` does)'),
      ivr_navigation_mode: is('agent.dials.ivrNavigationMode'),
      conversation_speed: is('agent.dials.conversationSpeed'),
      initial_message_delay: is('agent.dials.initialMessageDelayMs (here in seconds)'),
      ask_if_human_present_on_idle: is('agent.dials.askIfPresentOnIdle'),
      idle_time_seconds: is('agent.dials.idleTimeSeconds'),
      openai_model_name_override: is('agent.brain.model (of OpenAI)'),
      openai_account_connection: is('agent.brainCredentialId'),
      llm_temperature: is('agent.brain.temperature (here also in an update)'),
      llm_fallback: is('agent.llmFallback'),
      run_do_not_call_detection: is('agent.doNotCallDetection'),
      noise_suppression: kept('what the caller says is not filtered yet'),
    },
  },
  llmFallback: {
    schemas: ['InternalLLMFallback'],
    fields: { provider: is('agent.llmFallback.provider'), model_name: is('agent.llmFallback.model') },
  },
  prompt: {
    schemas: [...forms('Prompt'), 'NormalizedPrompt'],
    fields: {
      ...identityOf('prompt'),
      content: is('prompt.content (agent.brain.messages, the first system message)'),
      context_endpoint: is('agent.promptPlan.contextEndpoint'),
      collect_fields: is('agent.promptPlan.collectFields'),
      prompt_template: is('agent.promptPlan.template'),
    },
  },
  collectField: {
    schemas: ['CollectField'],
    fields: {
      field_type: is('agent.promptPlan.collectFields.type'),
      ...same('agent.promptPlan.collectFields', 'label', 'name', 'description'),
    },
  },
  promptTemplate: {
    schemas: ['PromptTemplate'],
    fields: {
      id: is('agent.promptPlan.template.id (the stored prompt that is added behind the own one)'),
      user_id: is('prompt.orgId (ignored in a write)'),
      required_context_keys: is('agent.promptPlan.template.requiredContextKeys'),
      label: note('agent.promptPlan.template.label'),
    },
  },
  transferAction: {
    schemas: forms('TransferCallAction'),
    fields: {
      ...identityOf('tool'),
      ...TRIGGER,
      type: is('tool.type'),
      config: is('tool.destinations'),
    },
  },
  transferConfig: {
    schemas: ['TransferCallConfig'],
    fields: { phone_number: is('tool.destinations (the first one)') },
  },
  conferenceAction: {
    schemas: forms('AddToConferenceAction'),
    fields: {
      ...identityOf('tool'),
      ...TRIGGER,
      type: is('tool.type'),
      config: is('tool.destinations, tool.settings.placePrimaryOnHold'),
    },
  },
  conferenceConfig: {
    schemas: ['AddToConferenceConfig'],
    fields: {
      phone_number: is('tool.destinations (the first one)'),
      place_primary_on_hold: is(
        'tool.settings.placePrimaryOnHold (until `action_set_hold`; of an agent without that action, until the answer)',
      ),
    },
  },
  externalAction: {
    schemas: forms('ExternalAction'),
    fields: {
      ...identityOf('tool'),
      ...TRIGGER,
      type: is('tool.type'),
      config: is('tool.external, tool.name, tool.description, tool.parameters'),
    },
  },
  externalConfig: {
    schemas: ['ExternalActionConfig'],
    fields: {
      ...same('tool', 'name', 'description'),
      input_schema: is('tool.parameters'),
      url: is('tool.external.url'),
      speak_on_send: is('tool.external.speakOnSend'),
      speak_on_receive: is('tool.external.speakOnReceive'),
      processing_mode: is('tool.external.processingMode'),
      signature_secret: is('tool.external.signatureSecret (made here; signs `x-vocode-signature`)'),
    },
  },
  plainAction: {
    schemas: [...forms('EndConversationAction'), ...forms('DTMFAction'), ...forms('SetHoldAction')],
    fields: {
      ...identityOf('tool'),
      ...TRIGGER,
      type: is('tool.type'),
      config: ignored('it has no fields'),
    },
  },
  actionTrigger: {
    schemas: [
      'FunctionCallActionTrigger',
      'PhraseBasedActionTrigger-Input',
      'PhraseBasedActionTrigger-Output',
    ],
    fields: { type: is('tool.phraseTriggers (there or not)'), config: is('tool.phraseTriggers') },
  },
  phraseTriggers: {
    schemas: ['PhraseBasedActionTriggerConfig'],
    fields: { phrase_triggers: is('tool.phraseTriggers') },
  },
  phraseTrigger: {
    schemas: ['PhraseTrigger'],
    fields: {
      phrase: is('tool.phraseTriggers.phrase'),
      conditions: is('what the agent says contains the phrase: the vendor has no other condition'),
    },
  },
  elevenLabsVoice: {
    schemas: forms('ElevenLabsVoice'),
    fields: {
      ...identityOf('voice'),
      type: is('voice.provider'),
      ...same('voice.settings', 'stability'),
      voice_id: is('voice.voiceId'),
      similarity_boost: is('voice.settings.similarityBoost'),
      api_key: is('agent.voice.settings.apiKey (outranks credentials of the org; shown as a mask)'),
      model_id: is('voice.model'),
      optimize_streaming_latency: is('voice.settings.optimizeStreamingLatency'),
      experimental_input_streaming: kept('text is always streamed to ElevenLabs: false has no effect'),
    },
  },
  azureVoice: {
    schemas: forms('AzureVoice'),
    fields: {
      ...identityOf('voice'),
      ...all(kept(NOT_BUILT), 'type', 'pitch', 'rate'),
      voice_name: kept(`${NOT_BUILT}; a name such as \`offline:rms\` means that vendor's voice instead`),
    },
  },
  rimeVoice: {
    schemas: forms('RimeVoice'),
    fields: { ...identityOf('voice'), ...all(kept(NOT_BUILT), 'type', 'speaker', 'speed_alpha', 'model_id') },
  },
  playHtVoice: {
    schemas: forms('PlayHtVoice'),
    fields: {
      ...identityOf('voice'),
      ...all(
        kept(NOT_BUILT),
        'type',
        'voice_id',
        'version',
        'speed',
        'quality',
        'temperature',
        'top_p',
        'text_guidance',
        'voice_guidance',
        'experimental_remove_silence',
      ),
      ...all(kept(`${NOT_BUILT}; shown as a mask`), 'api_user_id', 'api_key'),
    },
  },
  vocodeVoice: {
    schemas: forms('VocodeVoice'),
    fields: { ...identityOf('voice'), ...all(kept(NOT_BUILT), 'type', 'voice_id') },
  },
  webhook: {
    schemas: forms('Webhook'),
    fields: {
      ...identityOf('webhook'),
      ...same('agent.webhook', 'subscriptions', 'url', 'method'),
    },
  },
  vectorDatabase: {
    schemas: forms('PineconeVectorDatabase'),
    fields: {
      ...identityOf('vectorDatabase'),
      ...all(kept(NO_VECTORS), 'type', 'index', 'api_environment'),
      api_key: kept(`${NO_VECTORS}; shown as a mask`),
    },
  },
  twilioAccount: {
    schemas: forms('TwilioAccountConnection'),
    fields: {
      ...identityOf('credential'),
      type: is('credential.provider'),
      credentials: kept('the account is not reached yet; secrets are shown as masks'),
      ...all(kept(NO_ACCOUNTS), 'steering_pool', 'account_supports_any_caller_id'),
    },
  },
  twilioSecrets: {
    schemas: ['TwilioCredentials'],
    fields: {
      twilio_account_sid: kept('the account is not reached yet'),
      twilio_auth_token: kept('the account is not reached yet; shown as a mask'),
    },
  },
  openAiAccount: {
    schemas: forms('OpenAIAccountConnection'),
    fields: {
      ...identityOf('credential'),
      type: is('credential.provider'),
      credentials: is('credential.secrets'),
    },
  },
  openAiSecrets: {
    schemas: ['OpenAICredentials'],
    fields: { openai_api_key: is('credential.secrets.apiKey (shown as a mask)') },
  },
  steeringPool: {
    schemas: ['AddToSteeringPoolRequest', 'RemoveFromSteeringPoolRequest'],
    fields: { phone_number: kept(`${NO_ACCOUNTS}; without one, 400: numbers cannot be bought here`) },
  },
  call: {
    schemas: ['Call', 'NormalizedCall'],
    fields: {
      ...identityOf('call'),
      status: is('call.status'),
      error_message: is('call.endMessage (where somebody is to blame)'),
      recording_available: is('call.recording'),
      transcript: is('call.messages'),
      human_detection_result: is('call.humanDetection'),
      do_not_call_result: is('call.doNotCall'),
      telephony_id: is('call.carrierCallId'),
      telephony_provider: is('call.carrier (`vonage` for all but Twilio)'),
      stage: is('call.answeredAt, call.transfers'),
      stage_outcome: is('call.endReason, call.transfers'),
      start_time: is('call.answeredAt, else call.createdAt'),
      end_time: is('call.endedAt'),
      to_number: is('call.numberId or call.customer, by call.direction'),
      from_number: is('call.numberId or call.customer, by call.direction'),
      agent_phone_number: is('call.numberId'),
      agent: is('call.agent'),
      hipaa_compliant: is('call.hipaaCompliant'),
      on_no_human_answer: is('call.onNoHumanAnswer'),
      context: is('call.variables'),
      run_do_not_call_detection: is('call.agent.doNotCallDetection'),
      ...all(
        ignored(`always null: ${CARRIERS}`),
        'telephony_metadata',
        'telephony_account_connection',
        'telephony_params',
      ),
    },
  },
  telephonyMetadata: {
    schemas: ['VonageTelephonyMetadata', 'TwilioTelephonyMetadata'],
    fields: all(
      ignored(`not shown: ${CARRIERS}`),
      'type',
      'call_sid',
      'call_status',
      'transfer_call_sid',
      'transfer_call_status',
      'conference_sid',
    ),
  },
  newCall: {
    schemas: ['CreateCallRequest'],
    fields: {
      to_number: is('order.destination'),
      from_number: is('order.number'),
      agent: is('order.agent (stored, or for this call alone)'),
      context: is('order.variables'),
      hipaa_compliant: is('order.hipaaCompliant'),
      on_no_human_answer: is('order.onNoHumanAnswer (a machine is told by its beep and by what it says)'),
      run_do_not_call_detection: is('order.doNotCallDetection'),
      telephony_params: ignored('the number says who carries the call; each such call names the field'),
    },
  },
  usage: {
    schemas: ['Usage'],
    fields: {
      user_id: is('org.id'),
      monthly_usage_minutes: is('call.answeredAt to call.endedAt, of all calls of this month (UTC)'),
      plan_type: ignored('there are no plans: always the highest'),
      monthly_usage_limit_minutes: ignored('there is no limit: null, or the largest number'),
    },
  },
  query: {
    schemas: ['query'],
    fields: {
      phone_number: is('number.address'),
      ...same('query', 'id', 'page', 'size'),
      sort_column: is(
        'query.sortBy (`id`, `created_at`, `updated_at`; by another, rows come in the order of their making)',
      ),
      sort_desc: is('query.order'),
    },
  },
  page: {
    schemas: [
      'PhoneNumberPage',
      'CallPage',
      'ActionPage',
      'AgentPage',
      'VoicePage',
      'WebhookPage',
      'PromptPage',
      'VectorDatabasePage',
      'AccountConnectionPage',
    ],
    fields: {
      ...same('page', 'items', 'page', 'size', 'has_more', 'total'),
      total_is_estimated: is('false: the total is always counted'),
    },
  },
  error: { schemas: ['HTTPValidationError'], fields: same('error', 'detail') },
  errorDetail: { schemas: ['ValidationError'], fields: same('error.detail', 'loc', 'msg', 'type') },
};
