import fc from 'fast-check';
import type { HttpExchange } from './http-exchange.ts';
import type { SchemaArbitraryOptions } from './json-schema-arbitrary.ts';

/** Objects of the org that bodies may refer to. */
export interface VocodeReferences {
  agent: string;
  prompt: string;
  voice: string;
  webhook: string;
  action: string;
  vectorDatabase: string;
  openAi: string;
  twilio: string;
}

/** Makes one of each kind. */
export async function makeVocodeReferences(exchange: HttpExchange): Promise<VocodeReferences> {
  const made = async (kind: string, body: object) => {
    const reply = await exchange.inject('POST', `/vocode-2024/v1/${kind}/create`, body);
    if (reply.status !== 200) throw new Error(`${kind}: ${reply.text}`);
    return (reply.body as { id: string }).id;
  };
  const prompt = await made('prompts', { content: 'Be brief.' });
  const voice = await made('voices', { type: 'voice_azure', voice_name: 'en-US-JennyNeural' });
  return {
    prompt,
    voice,
    agent: await made('agents', { prompt, voice }),
    webhook: await made('webhooks', { url: 'https://hook.example', subscriptions: ['event_message'] }),
    action: await made('actions', { type: 'action_end_conversation' }),
    vectorDatabase: await made('vector_databases', {
      type: 'vector_database_pinecone',
      index: 'i',
      api_key: 'k',
      api_environment: 'e',
    }),
    openAi: await made('account_connections', {
      type: 'account_connection_openai',
      credentials: { openai_api_key: 'sk' },
    }),
    twilio: await made('account_connections', {
      type: 'account_connection_twilio',
      credentials: { twilio_account_sid: 'AC1', twilio_auth_token: 'token' },
    }),
  };
}

/** What the fields of a body mean beyond their schema, in an exchange where these objects exist. */
export function vocodeFields(ids: VocodeReferences): SchemaArbitraryOptions['byKey'] {
  const url = fc.webUrl();
  return {
    url,
    context_endpoint: url,
    phone_number: fc.constantFrom('14155550123', '442079460018', 'sip:desk@pbx.example'),
    steering_pool: fc.subarray(['14155550123', '442079460018']),
    conversation_speed: fc.double({ min: 0.5, max: 2, noNaN: true }),
    initial_message_delay: fc.constantFrom(0, 0.5, 2, '1.5'),
    idle_time_seconds: fc.constantFrom(1, 15, '30'),
    llm_temperature: fc.constantFrom(0, 0.7, '1'),
    stability: fc.constantFrom(0.2, '.2'),
    openai_account_connection: fc.constant(ids.openAi),
    telephony_account_connection: fc.constant(ids.twilio),
    processing_mode: fc.constant('muted'),
    // A template is what its id says; nothing makes templates.
    prompt_template: fc.uuid(),
    twilio_account_sid: fc.constant('AC2'),
    twilio_auth_token: fc.constant('token'),
    openai_api_key: fc.constant('sk-2'),
    deepgram_keywords: fc.constantFrom({ kansas: 10, ohio: 1.5 }, {}),
    conditions: fc.constant(['phrase_condition_type_contains']),
    name: fc.stringMatching(/^[a-z]{1,12}$/),
    phrase: fc.stringMatching(/^[a-z ]{1,12}$/),
  };
}
