import { becomesActive, makeTrunk } from '../trunk-scene.ts';
import type { Json, NumberView, View, Words } from './view.ts';

const FLUENTS = '/fluents/v1';
/** Its numbers have their plus. */
const fluentsNumber = (address: string) => `${FLUENTS}/numbers?phone_number=${encodeURIComponent(address)}`;
const FLUENTS_EXTRAS = {
  enable_dynamic_turns: true,
  post_call_actions: [{ type: 'action_external', label: 'Tell the shop' }],
  post_call_insights: [{ question: 'Was anything ordered?' }],
};

export const fluents: View = {
  title: 'Fluents',
  words: ['name', 'firstMessage', 'prompt'],
  labelsNumbers: true,
  restless: [],
  extras: FLUENTS_EXTRAS,
  async make(api, words) {
    const agent = await api('POST', `${FLUENTS}/agents/create`, {
      ...inFluents(words),
      label: 'Shop',
      description: 'Sells bread',
      language: 'de',
      voice: { type: 'voice_azure', voice_name: 'de-DE-KatjaNeural', rate: 10 },
      actions: [{ type: 'action_end_conversation', label: 'Bye' }],
      webhook: { url: 'https://mine.example/fluents', subscriptions: ['event_message'], method: 'POST' },
      openai_account_connection: {
        type: 'account_connection_openai',
        credentials: { openai_api_key: 'sk-1' },
      },
      provider: 'openai',
      model: 'gpt-4o-mini',
      llm_temperature: 0.5,
      llm_fallback: { provider: 'openai', model_name: 'gpt-4o' },
      interrupt_sensitivity: 'high',
      endpointing_sensitivity: 'sensitive',
      ivr_navigation_mode: 'default',
      conversation_speed: 1.25,
      // In milliseconds, and one that Vocode's seconds have a fraction for.
      initial_message_delay: 1250,
      idle_time_seconds: 20,
      ask_if_human_present_on_idle: true,
      max_idle_check_count: 3,
      call_duration_sec: 900,
      enable_recording: true,
      context_endpoint: 'https://mine.example/context',
      run_do_not_call_detection: true,
      noise_suppression: true,
      deepgram_keywords: { kansas: '10' },
      ...FLUENTS_EXTRAS,
    });
    return String(agent.id);
  },
  async bind(api, agentId, { address, label }) {
    const { id } = await api('POST', `${FLUENTS}/numbers/link`, {
      phone_number: address,
      telephony_account_connection: await makeTrunk({ api }),
      inbound_agent: agentId,
    });
    await becomesActive({ api }, String(id));
    await this.labelNumber(api, agentId, address, label);
  },
  async whole(api, id) {
    const { prompt, ...rest } = await api('GET', `${FLUENTS}/agents?id=${id}`);
    // Which stored prompt it is changes with its text where the other dialect has no stored prompts.
    const { id: _, ...shown } = prompt as Json;
    return { ...rest, prompt: shown };
  },
  wordsOf: ({ name, initial_message: firstMessage, prompt }) =>
    ({ name, firstMessage, prompt: (prompt as Json).content }) as Partial<Words>,
  // Of the prompt only the text changes.
  expected(whole, words) {
    const { prompt, ...changed } = inFluents(words);
    const changedPrompt = prompt && { prompt: { ...(whole.prompt as Json), ...prompt } };
    return { ...whole, ...changed, ...changedPrompt };
  },
  change: async (api, id, words) =>
    void (await api('POST', `${FLUENTS}/agents/update?id=${id}`, inFluents(words))),
  addExtras: async (api, id) => void (await api('POST', `${FLUENTS}/agents/update?id=${id}`, FLUENTS_EXTRAS)),
  async number(api, _, address) {
    const { number, inbound_agent, label } = await api('GET', fluentsNumber(address));
    return { address: number, agentId: (inbound_agent as Json).id, label } as NumberView;
  },
  async wholeNumber(api, _, address) {
    // The agent's name goes with the agent.
    const { inbound_agent, inbound_agent_name: __, ...rest } = await api('GET', fluentsNumber(address));
    return { ...rest, inbound_agent: (inbound_agent as Json).id };
  },
  async labelNumber(api, _, address, label) {
    const path = `${FLUENTS}/numbers/update?phone_number=${encodeURIComponent(address)}`;
    await api('POST', path, { label });
  },
};

function inFluents({ firstMessage, prompt, ...words }: Partial<Words>): Json & { prompt?: Json } {
  return {
    ...words,
    ...(firstMessage !== undefined && { initial_message: firstMessage }),
    ...(prompt !== undefined && { prompt: { content: prompt } }),
  };
}
