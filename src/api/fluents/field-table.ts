import {
  type FieldFamily,
  type FieldState,
  type FieldTable,
  ignored,
  is,
  kept,
  note,
  notes,
  refused,
  same,
} from '../server/field-table.ts';

const CARRIERS = 'carriers are not contacted yet';
const NO_ACCOUNTS = 'calls are placed over trunks, and not through an account yet; each such call says so';
const BY_NUMBER = 'the number says who carries the call; each such call names the field';
const OTHER_VENDOR = "a voice of another vendor than ElevenLabs' is not built yet: the offline one stands in";

const PURCHASE = refused('numbers are not bought yet', '400 "Numbers cannot be bought here: …"');
const SENDING = refused(CARRIERS, '400 "Messages cannot be sent: …"');

/** What every object of the vendor has; the user is the org. */
function identityOf(object: string): FieldFamily['fields'] {
  return { id: is(`${object}.id`), user_id: is(`${object}.orgId`) };
}

function all(state: FieldState, ...names: string[]): FieldFamily['fields'] {
  return Object.fromEntries(names.map((name) => [name, state]));
}

/** The vendor's document. */
export const FIELD_TABLE: FieldTable = {
  number: {
    schemas: ['NumberDto', 'NormalizedNumberDto', 'UpdateNumberDto', 'LinkNumberDto'],
    fields: {
      ...identityOf('number'),
      number: is('number.address'),
      phone_number: is('number.address'),
      active: is('number.status (false where it is blocked)'),
      label: note('number.name'),
      inbound_agent: is('number.binding.agentId (one that is given in place is changed or made)'),
      inbound_agent_name: is('agent.name (of number.binding.agentId)'),
      outbound_only: is('number.outboundOnly'),
      example_context: is('number.exampleContext'),
      telephony_provider: is('number.carrier'),
      telephony_account_connection: is(
        "number.credentialId (a carrier's number is `activating` until it is on the org's trunk)",
      ),
      ...notes('number', 'description', 'tags'),
      sms_enabled: kept(`${CARRIERS}: texts come to no call, so none names it`),
      is_routing_number: ignored('taken and dropped, and not shown'),
      config: ignored('taken and dropped, and not shown'),
    },
  },
  purchase: {
    schemas: ['BuyNumberDto'],
    fields: all(
      PURCHASE,
      'area_code',
      'phone_number',
      'telephony_provider',
      'telephony_account_connection',
      'inbound_agent',
    ),
  },
  agent: {
    schemas: ['AgentDto', 'AgentWriteDto', 'CreateAgentDto'],
    fields: {
      id: is('agent.id (written with an agent in place: which one is changed; else ignored in a write)'),
      user_id: is('agent.orgId (ignored in a write)'),
      ...same('agent', 'name', 'voice', 'webhook'),
      ...notes('agent', 'label', 'description'),
      transcriber: is('agent.transcriber (settings of Deepgram; each call names those that nobody knows)'),
      prompt: is('agent.brain.messages (the first system message), agent.promptPlan'),
      actions: is('agent.brain.toolIds, agent.brain.tools'),
      initial_message: is('agent.firstMessage'),
      context_endpoint: is('agent.contextEndpoint'),
      language: is('agent.transcriber.language'),
      deepgram_keywords: is(
        'agent.transcriber.settings.keywords (key terms on nova-3, which knows no boost)',
      ),
      interrupt_sensitivity: is('agent.dials.interruptSensitivity'),
      endpointing_sensitivity: is('agent.dials.endpointingSensitivity (`auto` waits as `relaxed` does)'),
      ivr_navigation_mode: is('agent.dials.ivrNavigationMode'),
      conversation_speed: is('agent.dials.conversationSpeed'),
      initial_message_delay: is('agent.dials.initialMessageDelayMs'),
      ask_if_human_present_on_idle: is('agent.dials.askIfPresentOnIdle'),
      idle_time_seconds: is('agent.dials.idleTimeSeconds'),
      max_idle_check_count: is('agent.dials.maxIdleChecks'),
      provider: is('agent.brain.provider'),
      model: is('agent.brain.model'),
      openai_model_name_override: is('agent.brain.model (of OpenAI)'),
      openai_account_connection: is('agent.brainCredentialId'),
      llm_temperature: is('agent.brain.temperature'),
      llm_fallback: is('agent.llmFallback'),
      run_do_not_call_detection: is('agent.doNotCallDetection'),
      enable_recording: is('agent.recordingEnabled'),
      call_duration_sec: is('agent.maxDurationSeconds'),
      noise_suppression: kept('what the caller says is not filtered yet'),
      enable_dynamic_turns: kept('no document tells what it does'),
      post_call_actions: kept('nothing runs after a call yet'),
      post_call_insights: kept('nothing is drawn from a call yet'),
    },
  },
  prompt: {
    schemas: ['PromptDto'],
    fields: {
      ...identityOf('prompt'),
      content: is('prompt.content (agent.brain.messages, the first system message)'),
      context_endpoint: is('agent.promptPlan.contextEndpoint'),
      collect_fields: is('agent.promptPlan.collectFields'),
      prompt_template: is('agent.promptPlan.template'),
      ...notes('agent.promptPlan', 'label', 'description', 'tags'),
      type: kept('a block is taken as a whole prompt'),
    },
  },
  promptTemplate: {
    schemas: ['PromptTemplateDto'],
    fields: {
      id: is('agent.promptPlan.template.id (the stored prompt that is added behind the own one)'),
      user_id: is('prompt.orgId (ignored in a write)'),
      required_context_keys: is('agent.promptPlan.template.requiredContextKeys'),
      label: note('agent.promptPlan.template.label'),
    },
  },
  action: {
    schemas: ['ActionDto'],
    fields: {
      ...identityOf('tool'),
      type: is(
        'tool.type (`action_warm_transfer`: the first destination is told a summary before the two are joined)',
      ),
      config: is('tool.destinations, tool.external, tool.name, tool.parameters (by its type)'),
      label: note('tool.label'),
      description: is('tool.description (of `action_external`: tool.note, for people)'),
      action_trigger: is('tool.phraseTriggers'),
    },
  },
  voice: {
    schemas: ['VoiceDto'],
    fields: {
      ...identityOf('voice'),
      type: is('voice.provider (`voice_eleven_labs`; for another one the offline voice stands in)'),
      ...notes('voice', 'label', 'description'),
      voice_id: is('voice.voiceId'),
      model_id: is('voice.model'),
      stability: is('voice.settings.stability'),
      similarity_boost: is('voice.settings.similarityBoost'),
      optimize_streaming_latency: is('voice.settings.optimizeStreamingLatency'),
      experimental_input_streaming: kept('text is always streamed to ElevenLabs: false has no effect'),
      ...all(kept(`${OTHER_VENDOR}, and each call says so`), 'voice_name', 'pitch', 'rate', 'speaker'),
      api_key: is('agent.voice.settings.apiKey (outranks credentials of the org; shown as a mask)'),
    },
  },
  webhook: {
    schemas: ['WebhookDto'],
    fields: {
      ...identityOf('webhook'),
      subscriptions: is('agent.webhook.subscriptions'),
      ...same('agent.webhook', 'url', 'method'),
      ...notes('agent.webhook', 'label', 'description'),
      account_connection_id: ignored('taken and dropped, and not shown'),
    },
  },
  accountConnection: {
    schemas: ['AccountConnectionDto'],
    fields: {
      ...identityOf('credential'),
      type: is('credential.provider'),
      credentials: is(
        'credential.secrets (calls use those of OpenAI, Deepgram and ElevenLabs; the others are kept: their vendors are not reached yet)',
      ),
      label: note('credential.name'),
      description: note('credential.description'),
      steering_pool: kept(NO_ACCOUNTS),
      account_supports_any_caller_id: kept(NO_ACCOUNTS),
      config: kept(NO_ACCOUNTS),
    },
  },
  call: {
    schemas: ['CallDto'],
    fields: {
      id: is('call.id'),
      user_id: is('call.orgId'),
      ...same('call', 'status', 'agent'),
      error_message: is('call.endMessage (where somebody is to blame)'),
      errors: is('call.endMessage (where somebody is to blame)'),
      recording_available: is('call.recording'),
      transcript: is('call.messages'),
      action_history: is('call.messages (of tools)'),
      do_not_call_result: is('call.doNotCall'),
      run_do_not_call_detection: is('call.agent.doNotCallDetection'),
      telephony_id: is('call.carrierCallId'),
      telephony_provider: is('call.carrier'),
      stage: is('call.answeredAt, call.transfers'),
      stage_outcome: is('call.endReason, call.transfers'),
      start_time: is('call.answeredAt, else call.createdAt'),
      end_time: is('call.endedAt'),
      to_number: is('call.numberId or call.customer, by call.direction'),
      from_number: is('call.numberId or call.customer, by call.direction'),
      agent_phone_number: is('call.numberId'),
      hipaa_compliant: is('call.hipaaCompliant'),
      context: is('call.variables'),
      is_outgoing: is('call.direction'),
      human_detection_result: is('call.humanDetection'),
      on_no_human_answer: is('call.onNoHumanAnswer'),
      ...all(
        ignored(`not shown: ${CARRIERS}`),
        'telephony_metadata',
        'telephony_account_connection',
        'telephony_params',
      ),
    },
  },
  actionHistory: {
    schemas: ['CallDto.action_history'],
    fields: {
      event_type: is('call.messages.role (of a result)'),
      timestamp: is('call.messages.endedAt'),
      action_id: is('call.agent.brain.tools (its id)'),
      action_type: is('call.agent.brain.tools.type'),
      action_label: is('call.agent.brain.tools.label'),
      parameters: is('call.messages.toolCall.arguments'),
      result: is('call.messages.toolCall.result'),
    },
  },
  actionResult: {
    schemas: ['CallDto.action_history.result'],
    fields: {
      json: is('call.messages.toolCall.result'),
      http_status_code: ignored('not shown: no call keeps it'),
      error: is('call.messages.message (of a result with call.messages.toolCall.failed)'),
    },
  },
  newCall: {
    schemas: ['CreateCallDto'],
    fields: {
      to_number: is('order.destination'),
      from_number: is('order.number'),
      agent: is(
        'order.agent (stored, with what else is given laid over it, or in place: for this call alone)',
      ),
      context: is('order.variables'),
      hipaa_compliant: is('order.hipaaCompliant'),
      on_no_human_answer: is('order.onNoHumanAnswer (a machine is told by its beep and by what it says)'),
      run_do_not_call_detection: is('order.doNotCallDetection'),
      ...all(ignored(BY_NUMBER), 'agent_phone_number', 'telephony_provider', 'telephony_params'),
      is_outgoing: ignored('a call that is created goes out'),
      ...all(
        ignored('results: there are none before the call'),
        'human_detection_result',
        'do_not_call_result',
        'telephony_id',
      ),
    },
  },
  message: { schemas: ['MessageDto'], fields: all(SENDING, 'to_number', 'from_number', 'message') },
  query: {
    schemas: ['query'],
    fields: {
      ...same('query', 'page', 'size', 'id'),
      sort_desc: is('query.order'),
      phone_number: is('number.address'),
      sort_column: is(
        'query.sortBy (`id`, `created_at`, `updated_at`; by another, rows come in the order of their making)',
      ),
      ...all(PURCHASE, 'limit', 'filters', 'telephony_provider', 'telephony_account_connection'),
    },
  },
  page: {
    schemas: ['Number', 'Agent', 'Action', 'Voice', 'Webhook', 'Prompt', 'AccountConnection', 'Call'].map(
      (name) => `${name}Page`,
    ),
    fields: {
      ...same('page', 'items', 'page', 'size', 'has_more', 'total'),
      total_is_estimated: is('false: the total is always counted'),
    },
  },
  error: {
    schemas: ['BadRequestError', 'NotFoundError'],
    fields: same('error', 'message', 'error', 'statusCode'),
  },
};
