import { insertThroughVapi } from './vapi.ts';
import type { Json, NumberView, View, Words } from './view.ts';

const VOCODE = '/vocode/v1';
/** Its numbers are digits without the plus. */
const vocodeNumber = (address: string) => `${VOCODE}/numbers?phone_number=${address.slice(1)}`;
const VOCODE_EXTRAS = { noise_suppression: true };

export const vocode: View = {
  title: 'Vocode',
  words: ['name', 'firstMessage', 'prompt'],
  labelsNumbers: true,
  restless: [],
  extras: VOCODE_EXTRAS,
  async make(api, { name, firstMessage, prompt }) {
    const agent = await api('POST', `${VOCODE}/agents/create`, {
      name,
      initial_message: firstMessage,
      prompt,
      openai_model_name_override: 'gpt-4o',
      voice: { type: 'voice_azure', voice_name: 'en-US-JennyNeural', rate: 10 },
      webhook: { url: 'https://mine.example/vocode', subscriptions: ['event_message'] },
      actions: [{ type: 'action_end_conversation' }],
      vector_database: {
        type: 'vector_database_pinecone',
        index: 'shop',
        api_key: 'k',
        api_environment: 'e',
      },
      language: 'es',
      interrupt_sensitivity: 'high',
      endpointing_sensitivity: 'relaxed',
      conversation_speed: 1.25,
      initial_message_delay: 0.5,
      idle_time_seconds: 20,
      ask_if_human_present_on_idle: true,
      context_endpoint: 'https://mine.example/context',
      run_do_not_call_detection: true,
      llm_temperature: 0.5,
      llm_fallback: { provider: 'azure', model_name: 'gpt-4o-mini' },
      deepgram_keywords: { kansas: 10 },
      ...VOCODE_EXTRAS,
    });
    return String(agent.id);
  },
  // Its own link knows numbers at Twilio alone.
  async bind(api, agentId, { address, label }) {
    await insertThroughVapi(api, undefined, { address, label });
    await this.labelNumber(api, agentId, address, label);
  },
  whole: (api, id) => api('GET', `${VOCODE}/agents?id=${id}`),
  wordsOf: ({ name, initial_message: firstMessage, prompt }) =>
    ({ name, firstMessage, prompt }) as Partial<Words>,
  expected: (whole, words) => ({ ...whole, ...inVocode(words) }),
  change: async (api, id, words) =>
    void (await api('POST', `${VOCODE}/agents/update?id=${id}`, inVocode(words))),
  addExtras: async (api, id) => void (await api('POST', `${VOCODE}/agents/update?id=${id}`, VOCODE_EXTRAS)),
  async number(api, _, address) {
    const { number, inbound_agent, label } = await api('GET', vocodeNumber(address));
    return { address: `+${number}`, agentId: (inbound_agent as Json).id, label } as NumberView;
  },
  async wholeNumber(api, _, address) {
    const { inbound_agent, ...rest } = await api('GET', vocodeNumber(address));
    return { ...rest, inbound_agent: (inbound_agent as Json).id };
  },
  labelNumber: async (api, agentId, address, label) => {
    const path = `${VOCODE}/numbers/update?phone_number=${address.slice(1)}`;
    await api('POST', path, { label, inbound_agent: agentId });
  },
};

function inVocode({ firstMessage, ...words }: Partial<Words>): Json {
  return { ...words, ...(firstMessage !== undefined && { initial_message: firstMessage }) };
}
