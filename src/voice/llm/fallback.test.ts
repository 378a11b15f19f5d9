import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collected } from '../../../test/support/fake-openai.ts';
import type { BrainSettings } from '../../domain/agents/agent.ts';
import type { Brain, BrainChunk, BrainRequest } from './contract.ts';
import { FallbackBrain, type OnBrainFallback } from './fallback.ts';

const settings: BrainSettings = {
  provider: 'x',
  model: 'a',
  messages: [],
  tools: [],
  toolIds: [],
  settings: {},
};
const FINISHED: BrainChunk = { type: 'finished', reason: 'stop' };

function request(signal = new AbortController().signal): BrainRequest {
  return { messages: [], tools: [], settings, context: {}, signal };
}

function brain(name: string, texts: string[], error?: Error): Brain & { asked: BrainRequest[] } {
  const asked: BrainRequest[] = [];
  return {
    name,
    asked,
    async *respond(received) {
      asked.push(received);
      for (const text of texts) yield { type: 'text', text };
      if (error) throw error;
      yield FINISHED;
    },
  };
}

const broken = new Error('broken');

test('the first brain answers while it can', async () => {
  const second = brain('second', ['no']);
  const events: unknown[] = [];
  const both = new FallbackBrain([{ brain: brain('first', ['yes']) }, { brain: second }], (event) =>
    events.push(event),
  );
  assert.deepEqual(await collected(both.respond(request())), [{ type: 'text', text: 'yes' }, FINISHED]);
  assert.equal(second.asked.length, 0);
  assert.deepEqual(events, []);
  assert.equal(both.name, 'first');
});

test('one that fails before its first chunk is replaced, with the settings of the next', async () => {
  const events: Parameters<OnBrainFallback>[0][] = [];
  const second = brain('second', ['Hello']);
  const both = new FallbackBrain(
    [{ brain: brain('first', [], broken) }, { brain: second, settings: { ...settings, model: 'b' } }],
    (event) => events.push(event),
  );
  assert.deepEqual(await collected(both.respond(request())), [{ type: 'text', text: 'Hello' }, FINISHED]);
  assert.equal(second.asked[0]?.settings.model, 'b');
  assert.deepEqual(events, [{ from: 'first', to: 'second', error: broken }]);
});

test('an answer that breaks amid its words ends there and is not begun again', async () => {
  const events: Parameters<OnBrainFallback>[0][] = [];
  const second = brain('second', ['We are']);
  const both = new FallbackBrain([{ brain: brain('first', ['We'], broken) }, { brain: second }], (event) =>
    events.push(event),
  );
  assert.deepEqual(await collected(both.respond(request())), [
    { type: 'text', text: 'We' },
    { type: 'finished', reason: 'other' },
  ]);
  assert.equal(second.asked.length, 0);
  assert.deepEqual(events, [{ from: 'first', to: undefined, error: broken }]);
});

test('when all fail, the error of the last is thrown', async () => {
  const last = new Error('last');
  const all = new FallbackBrain(
    [{ brain: brain('first', [], broken) }, { brain: brain('second', [], last) }],
    () => {},
  );
  await assert.rejects(collected(all.respond(request())), last);
});

test('an abort is no failure: nobody else is asked', async () => {
  const second = brain('second', ['no']);
  const controller = new AbortController();
  controller.abort();
  const both = new FallbackBrain([{ brain: brain('first', [], broken) }, { brain: second }], () => {
    assert.fail('told of a failure');
  });
  await assert.rejects(collected(both.respond(request(controller.signal))), broken);
  assert.equal(second.asked.length, 0);
});

test('without a brain there is none', () => {
  assert.throws(() => new FallbackBrain([], () => {}), RangeError);
});
