import type { RunningExchange } from './running-exchange.ts';

type Json = Record<string, unknown>;

/** What there is to change. */
export interface House {
  /** User part of the SIP URI, digits as a telephone number has them. */
  user: string;
  numberId: string;
  agentId: string;
}

export interface DocumentRequest {
  method: 'PATCH' | 'POST';
  path: string;
  /** With every field that the document lists: of those that exclude each other one, and no account that the caller would have to know. */
  body: Json;
  status: number;
  /** The keys of the documented reply, and what two of them must be. */
  keys: string[];
  shown: Json;
}

/** Makes the request of one document, ids and URLs being real ones. */
export type DocumentRequestMaker = (
  exchange: Pick<RunningExchange, 'api'>,
  house: House,
  setting: { firstMessage: string; serverUrl: string },
) => Promise<DocumentRequest>;

/** The request of each of the four documents: what it changes is what the caller hears first. */
export const DOCUMENT_REQUESTS: Record<string, DocumentRequestMaker> = {
  'Vapi: PATCH /phone-number/{id}': async ({ api }, house, { firstMessage, serverUrl }) => {
    const { id: assistantId } = await api<{ id: string }>('POST', '/assistant', { firstMessage });
    const elsewhere = { type: 'number', number: '+14155550170', message: 'One moment.' };
    return {
      method: 'PATCH',
      path: `/phone-number/${house.numberId}`,
      body: {
        name: 'Front desk',
        assistantId,
        fallbackDestination: elsewhere,
        hooks: [
          {
            on: 'call.ringing',
            filters: [{ type: 'startsWith', key: 'number', startsWith: ['+44'] }],
            do: [{ type: 'say', exact: 'We do not take this call.' }],
          },
          {
            on: 'call.ending',
            filters: [{ type: 'oneOf', key: 'call.endedReason', oneOf: ['assistant-request-failed'] }],
            do: { type: 'transfer', destination: elsewhere },
          },
        ],
        server: { url: `${serverUrl}/vapi`, timeoutSeconds: 20, headers: { 'x-shop': 'bakery' } },
        sipUri: `sip:${house.user}@sip.vapi.ai`,
      },
      status: 200,
      keys: ['id', 'orgId', 'provider', 'createdAt', 'updatedAt', 'status', 'name', 'assistantId', 'server'],
      shown: { id: house.numberId, provider: 'vapi', name: 'Front desk', assistantId, status: 'active' },
    };
  },

  'Vocode: POST /v1/numbers/update': async (_, { user, numberId }, { firstMessage, serverUrl }) => ({
    method: 'POST',
    path: `/v1/numbers/update?phone_number=${user}`,
    body: {
      inbound_agent: {
        prompt: 'You sell bread.',
        actions: [
          { type: 'action_transfer_call', config: { phone_number: '14155550170' } },
          { type: 'action_end_conversation', config: {} },
          { type: 'action_dtmf', config: {} },
        ],
        voice: { type: 'voice_azure', voice_name: 'en-US-SteffanNeural', pitch: 0, rate: 15 },
        initial_message: firstMessage,
        webhook: { subscriptions: ['event_message'], url: `${serverUrl}/vocode`, method: 'POST' },
      },
    },
    status: 200,
    keys: ['id', 'user_id', 'active', 'inbound_agent', 'number'],
    shown: { id: numberId, number: user, active: true },
  }),

  'Fluents: POST /v1/numbers/update': async ({ api }, house, setting) => {
    const inboundAgent = await agentOfFluents(api, house, setting);
    return {
      method: 'POST',
      path: `/fluents/v1/numbers/update?phone_number=${house.user}`,
      body: {
        label: 'My Phone Number',
        outbound_only: false,
        description: 'Business line for customer service',
        example_context: { name: 'Ann' },
        inbound_agent: inboundAgent,
      },
      status: 201,
      keys: [
        ...['id', 'user_id', 'number', 'active', 'label', 'inbound_agent_name', 'outbound_only'],
        // A number of no carrier's account shows none.
        ...['example_context', 'telephony_provider', 'description', 'inbound_agent'],
      ],
      shown: {
        id: house.numberId,
        label: 'My Phone Number',
        inbound_agent: house.agentId,
        inbound_agent_name: 'My Agent',
      },
    };
  },

  'open.cx: PATCH /phone/{phone_agent_id}': async ({ api }, { agentId }, { firstMessage }) => {
    const voices = await api<Json[]>('GET', '/phone/voices');
    const scenario = { title: 'Late orders', content: 'Say sorry first.' };
    const { id: scenarioId } = await api('POST', '/admin/scenarios', scenario);
    const { id: actionId } = await api('POST', '/tool', { type: 'endCall' });
    const body = {
      name: 'Desk',
      type: 'inbound',
      voice_id: voices[0]?.voice_id,
      language: 'en',
      first_message: firstMessage,
      instructions: [scenarioId],
      handoff_phone_number: '+14155550170',
      use_org_knowledgebase: true,
      actionIds: [actionId],
    };
    return {
      method: 'PATCH',
      path: `/phone/${agentId}`,
      body,
      status: 200,
      keys: [
        ...['id', 'org_id', 'phone_number', 'name', 'type', 'language', 'accent', 'handoff_phone_number'],
        ...['speed', 'interruptible', 'actionIds', 'instructions', 'data_collection_fields'],
        ...['data_collection_webhook_url', 'model', 'voice_id', 'first_message', 'created_at', 'updated_at'],
        ...['provider_external_id', 'flow', 'manual_mode', 'custom_llm', 'use_org_knowledgebase'],
      ],
      shown: { id: agentId, ...body },
    };
  },
};

/** The agent with every field of the document's page, in its order. */
async function agentOfFluents(
  api: RunningExchange['api'],
  { agentId }: House,
  { firstMessage, serverUrl }: { firstMessage: string; serverUrl: string },
): Promise<Json> {
  const { user_id: userId } = await api('GET', `/fluents/v1/agents?id=${agentId}`);
  const made = async (kind: string, body: Json) =>
    String((await api('POST', `/fluents/v1/${kind}/create`, body)).id);
  const of = (id: string) => ({ id, user_id: userId });
  const label = { label: 'My Own', description: 'This is a description' };
  const transfer = {
    type: 'action_transfer_call',
    config: { phone_number: '+14155550170' },
    action_trigger: { type: 'action_trigger_function_call', config: {} },
    ...label,
  };
  const hook = {
    subscriptions: ['event_message', 'event_action'],
    url: `${serverUrl}/fluents`,
    method: 'POST',
    ...label,
  };
  const account = {
    type: 'account_connection_openai',
    credentials: { openai_api_key: 'sk-0' },
    ...label,
    steering_pool: ['+14155550171'],
    account_supports_any_caller_id: false,
  };
  return {
    ...of(agentId),
    prompt: {
      ...of(await made('prompts', { content: 'You are new.' })),
      label: 'My Prompt',
      description: 'This is a description',
      content: 'You are a helpful assistant.',
      context_endpoint: `${serverUrl}/context`,
      collect_fields: ['email'],
      type: 'prompt',
      tags: ['tag1', 'tag2'],
      prompt_template: {
        ...of(await made('prompts', { content: `Speak to $\{name}.` })),
        required_context_keys: ['name'],
        label: 'My Prompt',
      },
    },
    name: 'My Agent',
    language: 'en',
    actions: [{ ...of(await made('actions', transfer)), ...transfer }],
    voice: { type: 'voice_azure', voice_name: 'en-US-SteffanNeural' },
    initial_message: firstMessage,
    webhook: { ...of(await made('webhooks', hook)), ...hook },
    interrupt_sensitivity: 'low',
    context_endpoint: `${serverUrl}/context`,
    noise_suppression: true,
    endpointing_sensitivity: 'auto',
    ivr_navigation_mode: 'off',
    conversation_speed: 0.5,
    initial_message_delay: 1000,
    openai_model_name_override: 'gpt-4',
    ask_if_human_present_on_idle: true,
    openai_account_connection: { ...of(await made('account_connections', account)), ...account },
    run_do_not_call_detection: true,
    llm_fallback: { provider: 'openai', model_name: 'gpt-4o' },
    deepgram_keywords: { kansas: '10' },
    idle_time_seconds: 10,
    llm_temperature: 0.5,
    enable_recording: true,
    provider: 'openai',
    model: 'gpt-4',
    ...label,
    call_duration_sec: 60,
    max_idle_check_count: 10,
  };
}
