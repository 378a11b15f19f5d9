import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  collected,
  type FakeAnswer,
  type FakeOpenAi,
  startFakeOpenAi,
} from '../../../test/support/fake-openai.ts';
import type { BrainSettings } from '../../domain/agents/agent.ts';
import { Secret } from '../../lib/secret.ts';
import type { BrainChunk } from './contract.ts';
import { type BrainSelection, type BrainWarning, selectBrain } from './select-brain.ts';

const servers: FakeOpenAi[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function serve(...answers: FakeAnswer[]): Promise<FakeOpenAi> {
  const server = await startFakeOpenAi(answers);
  servers.push(server);
  return server;
}

const messages = [{ role: 'system' as const, content: 'Address: We are at twelve Mill Street.' }];

function settings(provider: string, more: Partial<BrainSettings> = {}): BrainSettings {
  return { provider, messages, tools: [], toolIds: [], settings: {}, ...more };
}

async function answer({ brain, settings }: BrainSelection, context = {}): Promise<string> {
  const { signal } = new AbortController();
  const request = {
    messages: [{ role: 'user' as const, content: 'where are you' }],
    tools: [],
    settings,
    context,
    signal,
  };
  const chunks: BrainChunk[] = await collected(brain.respond(request));
  return chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
}

const codes = ({ warnings }: BrainSelection): string[] => warnings.map(({ code }) => code);
const noKeys = (): undefined => undefined;
const SCRIPTED_ANSWER = 'We are at twelve Mill Street.';

test('custom-llm asks its URL with headers, key and the facts of the call', async () => {
  const server = await serve({ steps: [{ text: 'Here.' }] });
  const brain = settings('custom-llm', { url: server.url, headers: { 'x-a': 'b' }, model: 'm' });
  const selection = selectBrain({ brain }, { keys: (provider) => new Secret(`key of ${provider}`) });
  assert.equal(await answer(selection, { call: { id: 'c' } }), 'Here.');
  assert.deepEqual(selection.warnings, []);
  const [asked] = server.requests;
  assert.equal(asked?.headers['x-a'], 'b');
  assert.equal(asked?.headers.authorization, 'Bearer key of custom-llm');
  assert.deepEqual(asked?.body.call, { id: 'c' });
});

test('metadataSendMode off is obeyed, and the handed fetch is used', async () => {
  const server = await serve({ steps: [{ text: 'Here.' }] });
  const urls: string[] = [];
  const brain = settings('custom-llm', { url: server.url, settings: { metadataSendMode: 'off' } });
  const selection = selectBrain(
    { brain },
    {
      keys: noKeys,
      fetch: (input, init) => {
        urls.push(String(input));
        return fetch(input, init);
      },
    },
  );
  await answer(selection, { call: { id: 'c' } });
  assert.deepEqual(urls, [`${server.url}/chat/completions`]);
  assert.equal(server.requests[0]?.body.call, undefined);
});

test('what cannot be had is replaced by the scripted brain, with a warning that says why', async () => {
  const table: [BrainSettings, string][] = [
    [settings('openai'), 'provider-key-missing'],
    [settings('anthropic'), 'provider-not-built'],
    [settings('custom-llm'), 'custom-llm-url-missing'],
  ];
  for (const [brain, code] of table) {
    const selection = selectBrain({ brain }, { keys: noKeys });
    assert.deepEqual(codes(selection), [code, 'scripted-brain']);
    assert.equal(await answer(selection), SCRIPTED_ANSWER);
  }
});

test('without settings, or with our own provider, the scripted brain is what is meant', async () => {
  const none = selectBrain({}, { keys: noKeys });
  assert.deepEqual([codes(none), none.brain.name], [['scripted-brain'], 'scripted']);
  const own = selectBrain({ brain: settings('offhook') }, { keys: noKeys });
  assert.deepEqual(
    own.warnings.map(({ level }) => level),
    ['info'],
  );
  assert.equal(await answer(own), SCRIPTED_ANSWER);
  assert.match(own.brain.grammar?.(own.settings) ?? '', /where are you located/);
});

test('a local server stands in before the scripted brain, with its own model', async () => {
  const server = await serve({ steps: [{ text: 'Local.' }] });
  const localServer = { url: server.url, model: 'llama', product: 'Ollama' };
  const selection = selectBrain(
    { brain: settings('anthropic', { model: 'some-model' }) },
    { keys: noKeys, localServer },
  );
  assert.equal(await answer(selection), 'Local.');
  assert.deepEqual(codes(selection), ['provider-not-built']);
  assert.equal(server.requests[0]?.body.model, 'llama');
  assert.equal(selection.brain.grammar?.(selection.settings), undefined);
});

test('a vendor that fails amid a call is replaced for the turn, and the timeline is told', async () => {
  const server = await serve({ status: 401 });
  const told: BrainWarning[] = [];
  const brain = settings('custom-llm', { url: server.url });
  const selection = selectBrain({ brain }, { keys: noKeys, onWarning: (warning) => told.push(warning) });
  assert.equal(await answer(selection), SCRIPTED_ANSWER);
  assert.deepEqual(
    told.map(({ code }) => code),
    ['brain-failed'],
  );
  assert.match(told[0]?.message ?? '', /custom-llm failed \(.*401.*\); scripted answers instead/);
});

test('a second model answers where the first one fails, with its own name', async () => {
  const failing = await serve({ status: 500 });
  const second = await serve({ steps: [{ text: 'From the second.' }] });
  const told: BrainWarning[] = [];
  const brain = settings('custom-llm', { url: failing.url, model: 'first' });
  const selection = selectBrain(
    { brain, llmFallback: { provider: 'openai', model: 'gpt-second' } },
    {
      keys: () => new Secret('k'),
      // The vendor's own address stands for the second server.
      fetch: (input, init) => {
        const { pathname, hostname } = new URL(String(input));
        return fetch(
          hostname === '127.0.0.1' ? String(input) : `${second.url.replace('/v1', '')}${pathname}`,
          init,
        );
      },
      onWarning: (warning) => told.push(warning),
    },
  );
  assert.equal(await answer(selection), 'From the second.');
  assert.equal(second.requests[0]?.body.model, 'gpt-second');
  assert.match(told[0]?.message ?? '', /openai answers instead/);
});

test('a second model stands in where the first one cannot be had, and is named where it cannot either', async () => {
  const second = await serve({ steps: [{ text: 'From the second.' }] });
  const brain = settings('cohere', { url: second.url });
  const had = selectBrain({ brain, llmFallback: { provider: 'custom-llm', model: 'm' } }, { keys: noKeys });
  assert.equal(await answer(had), 'From the second.');
  assert.deepEqual(codes(had), ['provider-not-built']);
  const neither = selectBrain({ brain, llmFallback: { provider: 'azure', model: 'm' } }, { keys: noKeys });
  assert.equal(await answer(neither), SCRIPTED_ANSWER);
  assert.deepEqual(codes(neither), ['provider-not-built', 'provider-not-built', 'scripted-brain']);
});
