import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, fakeAgent } from '../../../test/support/fake-voice.ts';
import { liveCall } from '../../../test/support/sample-call.ts';
import type { Agent } from '../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { contextFor, flatContext } from './call-context.ts';

const URL_OF_AGENT = 'https://customer.example/context?key=1';
/** A name as Vocode's prompts write it. */
const slot = (name: string) => `\${${name}}`;

function setUp(fetch: typeof globalThis.fetch, number: Partial<PhoneNumber> = {}, signal?: AbortSignal) {
  const clock = new FakeClock(0);
  const lines: { type: string; data: Record<string, unknown> }[] = [];
  const customer = { number: '+14155550100' };
  const call = liveCall('o1', 0, { customer, variables: { plan: 'gold', nested: {} } });
  const recorder = { call, record: (type: string, data: object) => lines.push({ type, data: { ...data } }) };
  const ask = (agent: Partial<Agent>) =>
    contextFor(fakeAgent(agent), {
      recorder,
      number: number as PhoneNumber,
      fetch,
      clock,
      signal: signal ?? new AbortController().signal,
    });
  return { ask, clock, lines };
}

const answering = (text: string, status = 200) => {
  const urls: string[] = [];
  const fetch = async (url: unknown) => {
    urls.push(String(url));
    return new Response(text, { status });
  };
  return { urls, fetch: fetch as typeof globalThis.fetch };
};
const nobody = (() => assert.fail('nobody is asked')) as typeof globalThis.fetch;

describe('the context of a call', () => {
  test('is what the endpoint says of the caller, over variables and samples', async () => {
    const { fetch, urls } = answering('{"name":"Ann","age":42,"vip":true,"list":[1]}');
    const { ask, lines } = setUp(fetch, { exampleContext: { name: 'Sample', city: 'Ulm' } });
    const context = await ask({ contextEndpoint: URL_OF_AGENT });
    assert.deepEqual(context, { name: 'Ann', city: 'Ulm', plan: 'gold', age: '42', vip: 'true' });
    assert.deepEqual(urls, ['https://customer.example/context?key=1&phone_number=%2B14155550100']);
    assert.deepEqual(lines, [
      {
        type: 'server.asked',
        data: { question: 'context', tookMs: 0, keys: ['name', 'age', 'vip'] },
      },
    ]);
  });

  test("comes from the agent's endpoint and the prompt's, each asked once", async () => {
    const { fetch, urls } = answering('{}');
    const { ask } = setUp(fetch);
    await ask({
      contextEndpoint: 'https://a.example/',
      promptPlan: { contextEndpoint: 'https://b.example/' },
    });
    await ask({
      contextEndpoint: 'https://a.example/',
      promptPlan: { contextEndpoint: 'https://a.example/' },
    });
    assert.deepEqual(
      urls.map((url) => new URL(url).hostname),
      ['a.example', 'b.example', 'a.example'],
    );
  });

  const failures: [string, ReturnType<typeof answering>['fetch'], RegExp][] = [
    ['refuses', answering('no', 500).fetch, /answered 500/],
    ['gives no JSON', answering('<html>').fetch, /no JSON/],
    ['gives a list', answering('[]').fetch, /no JSON object/],
    ['gives too much', answering(`{"a":"${'x'.repeat(200_000)}"}`).fetch, /too long/],
    ['cannot be reached', (async () => Promise.reject(new Error('refused'))) as typeof fetch, /refused/],
  ];
  for (const [what, fetch, error] of failures)
    test(`is the sample where the endpoint ${what}, and the timeline says why`, async () => {
      const { ask, lines } = setUp(fetch, { exampleContext: { name: 'Sample' } });
      assert.deepEqual(await ask({ contextEndpoint: URL_OF_AGENT }), { name: 'Sample', plan: 'gold' });
      const [line] = lines;
      assert.equal(line?.type, 'server.asked');
      assert.match(String(line?.data.error), error);
    });

  test('is waited for no longer than three seconds', async () => {
    const silent = ((_url: unknown, { signal }: RequestInit) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      })) as typeof globalThis.fetch;
    const { ask, clock, lines } = setUp(silent);
    const asking = ask({ contextEndpoint: URL_OF_AGENT });
    await advance(clock, 2_900, 100);
    assert.equal(lines.length, 0);
    await advance(clock, 200, 100);
    assert.deepEqual(await asking, { plan: 'gold' });
    assert.match(String(lines[0]?.data.error), /within 3 s/);
    assert.equal(clock.pendingCount, 0);
  });

  test('names what the prompt asks for and nobody knows', async () => {
    const { ask, lines } = setUp(nobody, { exampleContext: { name: 'Ann' } });
    await ask({
      firstMessage: `Hello ${slot('name')} from ${slot('city')}`,
      promptPlan: { template: { id: 't', requiredContextKeys: ['order', 'name'] } },
    });
    assert.deepEqual(lines, [
      {
        type: 'agent.warned',
        data: {
          code: 'context-missing',
          message: 'nothing is known of city, order: they are left out of the prompt',
        },
      },
    ]);
  });

  test('is none where nobody has use for it', async () => {
    const { ask } = setUp(nobody);
    assert.equal(await ask({ firstMessage: `Costs ${slot('price')}` }), undefined);
  });

  test('takes no name from the prototype', () => {
    const context = flatContext('{"__proto__":{"a":"b"},"constructor":"c"}');
    assert.deepEqual(Object.keys(context), ['constructor']);
    assert.equal(Object.getPrototypeOf(context), Object.prototype);
  });
});
