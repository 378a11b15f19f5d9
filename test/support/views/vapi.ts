import assert from 'node:assert/strict';
import { makeTrunk, makeTrunkNumber } from '../trunk-scene.ts';
import type { Api, Json, NumberView, View, Words } from './view.ts';

/** The number of the org that Vapi has under this address. */
async function vapiNumber(api: Api, address: string): Promise<Json> {
  const all = await api<Json[]>('GET', '/phone-number?limit=1000');
  return all.find(({ number }) => number === address) ?? assert.fail(`Vapi does not show ${address}`);
}

/** Also for the dialects that have no route that makes numbers, or none for numbers on a trunk. */
export async function insertThroughVapi(
  api: Api,
  assistantId: string | undefined,
  { address, label }: { address: string; label: string },
): Promise<void> {
  const credentialId = await makeTrunk({ api });
  const bound = assistantId === undefined ? {} : { assistantId };
  await makeTrunkNumber({ api }, credentialId, { number: address, name: label, ...bound });
}

function promptIn({ messages = [] }: { messages?: { role: string; content: string }[] } = {}): string {
  return messages.find(({ role }) => role === 'system')?.content ?? '';
}

/** The model with another prompt text: its first system message, as the vendor's dashboard writes it. */
function withPromptText(model: Json | undefined, content: string): Json {
  const { messages = [], ...rest } = (model ?? { provider: 'openai', model: 'gpt-4o' }) as Json & {
    messages?: Json[];
  };
  const others = messages.filter((message) => message !== messages.find(({ role }) => role === 'system'));
  return { ...rest, messages: [{ role: 'system', content }, ...others] };
}

const VAPI_EXTRAS = {
  backgroundSound: 'office',
  analysisPlan: { summaryPlan: { enabled: false } },
  metadata: { shop: 'Ferry Lane' },
};

export const vapi: View = {
  title: 'Vapi',
  words: ['name', 'firstMessage', 'prompt'],
  labelsNumbers: true,
  restless: ['updatedAt'],
  extras: VAPI_EXTRAS,
  async make(api, { name, firstMessage, prompt }) {
    const tool = await api('POST', '/tool', { type: 'endCall' });
    const agent = await api('POST', '/assistant', {
      name,
      firstMessage,
      firstMessageMode: 'assistant-speaks-first',
      firstMessageInterruptionsEnabled: true,
      model: {
        provider: 'openai',
        model: 'gpt-4o',
        temperature: 0.4,
        maxTokens: 200,
        toolIds: [tool.id],
        numFastTurns: 2,
        messages: [
          { role: 'system', content: prompt },
          { role: 'assistant', content: 'An example of how I speak.' },
        ],
      },
      voice: { provider: 'azure', voiceId: 'en-US-AriaNeural', chunkPlan: { enabled: false } },
      transcriber: { provider: 'deepgram', model: 'nova-3', language: 'en-US', smartFormat: true },
      endCallPhrases: ['goodbye'],
      silenceTimeoutSeconds: 45,
      maxDurationSeconds: 900,
      startSpeakingPlan: { waitSeconds: 0.6 },
      server: { url: 'https://mine.example/vapi' },
      ...VAPI_EXTRAS,
    });
    return String(agent.id);
  },
  bind: insertThroughVapi,
  whole: (api, id) => api('GET', `/assistant/${id}`),
  wordsOf: ({ name, firstMessage, model }) =>
    ({ name, firstMessage, prompt: promptIn(model as Json | undefined) }) as Partial<Words>,
  expected(whole, { prompt, ...words }) {
    const model = whole.model as Json | undefined;
    return { ...whole, ...words, ...(prompt !== undefined && { model: withPromptText(model, prompt) }) };
  },
  async change(api, id, { prompt, ...words }) {
    const { model } = await api('GET', `/assistant/${id}`);
    const body = {
      ...words,
      ...(prompt !== undefined && { model: withPromptText(model as Json | undefined, prompt) }),
    };
    await api('PATCH', `/assistant/${id}`, body);
  },
  addExtras: async (api, id) => void (await api('PATCH', `/assistant/${id}`, VAPI_EXTRAS)),
  async number(api, _, address) {
    const { number, assistantId, name } = await vapiNumber(api, address);
    return { address: number, agentId: assistantId, label: name } as NumberView;
  },
  wholeNumber: (api, _, address) => vapiNumber(api, address),
  async labelNumber(api, _, address, label) {
    const { id } = await vapiNumber(api, address);
    await api('PATCH', `/phone-number/${id}`, { name: label });
  },
};
