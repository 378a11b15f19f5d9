import type { TestContext } from 'node:test';
import { type FakeAnswer, type FakeOpenAi, startFakeOpenAi } from './fake-openai.ts';

/** Takes its turn as soon as the text is there, so that a test need not wait for manners. */
export const QUICK_TURNS = {
  waitSeconds: 0,
  transcriptionEndpointingPlan: { onPunctuationSeconds: 0.1, onNoPunctuationSeconds: 0.3 },
};

/** A model of the scripted brain that knows these facts, one `Topic: answer` a line. */
export function scripted(facts: string, tools: object[] = []): object {
  return { provider: 'offhook', messages: [{ role: 'system', content: facts }], tools };
}

/** A model server of one test, closed with it. */
export async function modelFor(context: TestContext, answers: FakeAnswer[]): Promise<FakeOpenAi> {
  const model = await startFakeOpenAi(answers);
  context.after(() => model.close());
  return model;
}

/** A model behind a URL. */
export function customModel(url: string, tools: object[] = []): object {
  return {
    provider: 'custom-llm',
    model: 'fake',
    url,
    messages: [{ role: 'system', content: 'You are brief.' }],
    tools,
  };
}

/** An assistant that answers quickly, with what a test says of it. */
export function assistant(settings: object): object {
  return { startSpeakingPlan: QUICK_TURNS, ...settings };
}

/** A message that takes the offline voice about twenty seconds. */
export const LONG_MESSAGE = [
  'Let me tell you how our bread is made.',
  'First the flour is milled by hand in the old mill behind the house.',
  'Then the dough rests for a whole night in a cool and quiet room.',
  'In the morning the baker lights the oven with wood from the forest.',
  'After one hour the loaves are brown and the shop smells of fresh bread.',
].join(' ');
