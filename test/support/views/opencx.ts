import assert from 'node:assert/strict';
import { insertThroughVapi } from './vapi.ts';
import type { Json, NumberView, View, Words } from './view.ts';

const PHONES = '/opencx/phone';
const OPENCX_EXTRAS = {
  accent: 'scottish',
  flow: { id: 'n1', type: 'root', children: [] },
  manual_mode: true,
};

export const opencx: View = {
  title: 'open.cx',
  words: ['name', 'firstMessage'],
  labelsNumbers: false,
  restless: ['updated_at'],
  extras: OPENCX_EXTRAS,
  async make(api, { name, firstMessage }) {
    const agent = await api('POST', PHONES, {
      name,
      first_message: firstMessage,
      type: 'inbound',
      voice_id: 'slt',
      language: 'en',
      speed: 1.25,
      interruptible: false,
      handoff_phone_number: '+14155550199',
      use_org_knowledgebase: true,
      data_collection_fields: ['email', 'order'],
      data_collection_webhook_url: 'https://mine.example/collected',
      custom_llm: 'https://llm.example/v1',
      model: 'oppie-vox-turbo',
      ...OPENCX_EXTRAS,
    });
    return String(agent.id);
  },
  // It has no route that makes numbers.
  bind: insertThroughVapi,
  whole: (api, id) => api('GET', `${PHONES}/${id}`),
  wordsOf: ({ name, first_message: firstMessage }) => ({ name, firstMessage }) as Partial<Words>,
  expected: (whole, words) => ({ ...whole, ...inOpencx(words) }),
  change: async (api, id, words) => void (await api('PATCH', `${PHONES}/${id}`, inOpencx(words))),
  addExtras: async (api, id) => void (await api('PATCH', `${PHONES}/${id}`, OPENCX_EXTRAS)),
  // An agent and the oldest of its numbers are one object.
  async number(api, id) {
    const agent = await api('GET', `${PHONES}/${id}`);
    return { address: agent.phone_number, agentId: agent.id } as NumberView;
  },
  async wholeNumber(api, id) {
    const { phone_number, id: agentId } = await api('GET', `${PHONES}/${id}`);
    return { phone_number, agentId };
  },
  labelNumber: () => assert.fail('open.cx has no label of a number'),
};

function inOpencx({ name, firstMessage }: Partial<Words>): Json {
  return {
    ...(name !== undefined && { name }),
    ...(firstMessage !== undefined && { first_message: firstMessage }),
  };
}
