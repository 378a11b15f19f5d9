import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  collected,
  type FakeAnswer,
  type FakeOpenAi,
  startFakeOpenAi,
} from '../../../test/support/fake-openai.ts';
import type { AgentTool, BrainSettings } from '../../domain/agents/agent.ts';
import { Secret } from '../../lib/secret.ts';
import { type CompatibleBrainOptions, createCompatibleBrain, createOpenAiBrain } from './ai-sdk-brain.ts';
import { BrainError } from './brain-error.ts';
import type { BrainChunk, BrainRequest } from './contract.ts';

const servers: FakeOpenAi[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function serve(...answers: FakeAnswer[]): Promise<FakeOpenAi> {
  const server = await startFakeOpenAi(answers);
  servers.push(server);
  return server;
}

function request(more: Partial<BrainRequest> = {}, settings: Partial<BrainSettings> = {}): BrainRequest {
  return {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    tools: [],
    settings: { provider: 'custom-llm', messages: [], tools: [], toolIds: [], settings: {}, ...settings },
    context: {},
    signal: new AbortController().signal,
    ...more,
  };
}

function brainOn(server: FakeOpenAi, more: Partial<CompatibleBrainOptions> = {}) {
  return createCompatibleBrain({ name: 'custom-llm', url: server.url, ...more });
}

const failure =
  (kind: string, status?: number) =>
  (error: unknown): boolean =>
    error instanceof BrainError &&
    error.kind === kind &&
    error.status === status &&
    error.provider === 'custom-llm';

const LOOKUP: AgentTool = {
  type: 'function',
  name: 'lookup',
  description: 'Finds an order.',
  parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  settings: {},
};

describe('an OpenAI-compatible server', () => {
  test('streams text as it comes and ends with a reason', async () => {
    const server = await serve({ steps: [{ text: 'Good ' }, { delayMs: 30 }, { text: 'day.' }] });
    assert.deepEqual(await collected(brainOn(server).respond(request())), [
      { type: 'text', text: 'Good ' },
      { type: 'text', text: 'day.' },
      { type: 'finished', reason: 'stop' },
    ]);
  });

  test('is asked for a greeting where nothing was said yet and there is no prompt', async () => {
    const server = await serve({ steps: [{ text: 'Hello.' }] });
    const [first] = await collected(brainOn(server).respond(request({ messages: [] })));
    assert.deepEqual(first, { type: 'text', text: 'Hello.' });
    assert.deepEqual(server.requests[0]?.body.messages, [
      { role: 'system', content: 'The call has begun. Greet the caller.' },
    ]);
  });

  test('the first words are given before the answer is complete', async () => {
    const server = await serve({ steps: [{ text: 'Hello' }, { delayMs: 10_000 }] });
    const stream = brainOn(server).respond(request())[Symbol.asyncIterator]();
    assert.deepEqual(await stream.next(), { value: { type: 'text', text: 'Hello' }, done: false });
    await stream.return?.();
    await closedStreams(server, 1);
  });

  test('asks with model, messages, temperature, tokens, key and headers', async () => {
    const server = await serve({ steps: [{ text: 'x' }] });
    const brain = brainOn(server, { key: new Secret('sk-1'), headers: { 'x-tenant': 'a' } });
    await collected(brain.respond(request({}, { model: 'tiny', temperature: 0.1, maxTokens: 77 })));
    await collected(brain.respond(request()));
    const [first, second] = server.requests;
    assert.equal(first?.path, '/v1/chat/completions');
    assert.equal(first?.headers.authorization, 'Bearer sk-1');
    assert.equal(first?.headers['x-tenant'], 'a');
    assert.deepEqual(first?.body, {
      model: 'tiny',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      temperature: 0.1,
      max_tokens: 77,
      stream: true,
    });
    assert.equal(second?.body.temperature, 0.5);
    assert.equal(second?.body.max_tokens, 250);
  });

  test('a URL that names the whole path is understood', async () => {
    const server = await serve({ steps: [{ text: 'x' }] });
    for (const end of ['/', '/chat/completions', '/chat/completions/']) {
      await collected(brainOn(server, { url: server.url + end }).respond(request()));
    }
    assert.deepEqual(new Set(server.requests.map(({ path }) => path)), new Set(['/v1/chat/completions']));
  });

  test('tool calls are given with their arguments, and tools are offered with their schemas', async () => {
    const call = { id: 'call_1', name: 'lookup', arguments: '{"id":"A 7"}' };
    const server = await serve({ steps: [{ text: 'One moment.' }, { toolCall: call }] });
    const tools: AgentTool[] = [
      LOOKUP,
      { type: 'endCall', settings: {} },
      { type: 'function', name: 'no good', settings: {} },
    ];
    assert.deepEqual(await collected(brainOn(server).respond(request({ tools }))), [
      { type: 'text', text: 'One moment.' },
      { type: 'tool-call', id: 'call_1', name: 'lookup', arguments: { id: 'A 7' } },
      { type: 'finished', reason: 'tool-calls' },
    ]);
    const offered = server.requests[0]?.body.tools as {
      function: { name: string; parameters: object; description: string };
    }[];
    assert.deepEqual(
      offered.map((tool) => tool.function.name),
      ['lookup', 'endCall'],
    );
    assert.deepEqual(offered[0]?.function.parameters, LOOKUP.parameters);
    assert.match(offered[1]?.function.description ?? '', /Ends the phone call/);
  });

  test('earlier tool calls and results are sent back', async () => {
    const server = await serve({ steps: [{ text: 'It is on its way.' }] });
    const messages: BrainRequest['messages'] = [
      { role: 'user', content: 'Where is A7?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'call_1', name: 'lookup', arguments: { id: 'A7' } }],
      },
      { role: 'tool', toolCallId: 'call_1', name: 'lookup', content: '{"state":"sent"}' },
    ];
    await collected(brainOn(server).respond(request({ messages, tools: [LOOKUP] })));
    const [user, assistant, result] = (server.requests[0]?.body.messages ?? []) as Record<string, unknown>[];
    assert.deepEqual(user, { role: 'user', content: 'Where is A7?' });
    assert.deepEqual(assistant?.tool_calls, [
      { id: 'call_1', type: 'function', function: { name: 'lookup', arguments: '{"id":"A7"}' } },
    ]);
    assert.deepEqual(result, { role: 'tool', tool_call_id: 'call_1', content: '{"state":"sent"}' });
  });

  test('the facts of the call are sent as the mode says, and never replace what is asked', async () => {
    const server = await serve({ steps: [{ text: 'x' }] });
    const context = {
      call: { id: 'c1' },
      customer: { number: '+1' },
      metadata: { plan: 'gold', model: 'evil' },
    };
    for (const metadataSendMode of ['off', 'variable', 'destructured'] as const) {
      await collected(brainOn(server, { metadataSendMode }).respond(request({ context }, { model: 'tiny' })));
    }
    const [off, variable, destructured] = server.requests.map(({ body }) => body);
    assert.deepEqual([off?.call, off?.metadata], [undefined, undefined]);
    assert.deepEqual(
      [variable?.call, variable?.customer, variable?.metadata],
      [context.call, context.customer, context.metadata],
    );
    assert.deepEqual(
      [destructured?.call, destructured?.plan, destructured?.metadata],
      [context.call, 'gold', undefined],
    );
    assert.equal(destructured?.model, 'tiny');
  });
});

async function closedStreams(server: FakeOpenAi, count: number): Promise<void> {
  const until = Date.now() + 2_000;
  while (server.aborted() < count && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(server.aborted(), count);
}

describe('failures', () => {
  for (const [status, kind] of [
    [400, 'bad-request'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'bad-request'],
  ] as const) {
    test(`${status} is ${kind}, and is not tried again`, async () => {
      const server = await serve({ status, body: '{"error":{"message":"no"}}' });
      await assert.rejects(collected(brainOn(server).respond(request())), failure(kind, status));
      assert.equal(server.requests.length, 1);
    });
  }

  for (const [status, kind] of [
    [429, 'rate'],
    [503, 'server'],
  ] as const) {
    test(`${status} is ${kind} after one more try`, async () => {
      const server = await serve({ status, headers: { 'retry-after': '30' } });
      await assert.rejects(collected(brainOn(server).respond(request())), failure(kind, status));
      assert.equal(server.requests.length, 2);
    });
  }

  test('nobody listening is a network failure', async () => {
    const server = await startFakeOpenAi([]);
    await server.close();
    await assert.rejects(collected(brainOn(server).respond(request())), failure('network'));
  });

  test('a refused address is told as it is', async () => {
    const refused = Object.assign(new Error('refused to reach 10.0.0.1: private address'), {
      code: 'egress-refused',
    });
    const server = await serve({ steps: [] });
    const brain = brainOn(server, { fetch: () => Promise.reject(refused) });
    await assert.rejects(collected(brain.respond(request())), (error: unknown) => {
      assert.ok(failure('bad-request')(error));
      return /private address/.test(String(error));
    });
  });

  test('a stream that breaks fails after what was heard of it', async () => {
    const server = await serve({ steps: [{ text: 'Our hours ' }, { reset: true }] });
    const chunks: BrainChunk[] = [];
    await assert.rejects(async () => {
      for await (const chunk of brainOn(server).respond(request())) chunks.push(chunk);
    }, failure('network'));
    assert.deepEqual(chunks, [{ type: 'text', text: 'Our hours ' }]);
  });

  test('an answer that is not the protocol is the fault of the server', async () => {
    const server = await serve({ status: 200, body: '<html>' });
    const garbled = await serve({ steps: [{ raw: 'data: {"choices": 1}\n\n' }] });
    for (const each of [server, garbled]) {
      await assert.rejects(collected(brainOn(each).respond(request())), failure('server'));
    }
  });

  test('a server that is too slow is a timeout, before and amid the answer', async () => {
    const slow = await serve({ steps: [{ delayMs: 5_000 }] });
    const stalls = await serve({ steps: [{ text: 'Well' }, { delayMs: 5_000 }] });
    await Promise.all(
      [slow, stalls].map((server) =>
        assert.rejects(
          collected(brainOn(server, { timeoutSeconds: 1 }).respond(request())),
          failure('timeout'),
        ),
      ),
    );
  });

  test("the caller's abort ends the request and is not a failure of the vendor", async () => {
    const server = await serve({ steps: [{ text: 'Well' }, { delayMs: 5_000 }] });
    const controller = new AbortController();
    await assert.rejects(
      async () => {
        for await (const _ of brainOn(server).respond(request({ signal: controller.signal })))
          controller.abort();
      },
      { name: 'AbortError' },
    );
    await closedStreams(server, 1);
  });
});

test('OpenAI is asked with the key, and its default model where none is named', async () => {
  const server = await serve({ steps: [{ text: 'Hi.' }] });
  const brain = createOpenAiBrain({ key: new Secret('sk-2'), url: server.url });
  const chunks = await collected(brain.respond(request({ tools: [LOOKUP] })));
  assert.deepEqual(chunks, [
    { type: 'text', text: 'Hi.' },
    { type: 'finished', reason: 'stop' },
  ]);
  assert.equal(server.requests[0]?.headers.authorization, 'Bearer sk-2');
  assert.equal(server.requests[0]?.body.model, 'gpt-4o-mini');
});
