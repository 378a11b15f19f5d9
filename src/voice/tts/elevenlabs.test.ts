import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeElevenLabsScript, startFakeElevenLabs } from '../../../test/support/fake-elevenlabs.ts';
import { Secret } from '../../lib/secret.ts';
import { VendorError } from '../vendor-socket.ts';
import type { SynthesisOptions } from './contract.ts';
import { createElevenLabsSynthesizer } from './elevenlabs.ts';

const KEY = 'xi-test-key';

function wanted(over: Partial<SynthesisOptions> = {}): SynthesisOptions {
  return { language: 'en', speed: 1, settings: {}, signal: new AbortController().signal, ...over };
}

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function voice(script: Partial<FakeElevenLabsScript> = {}) {
  const server = await startFakeElevenLabs({ key: KEY, ...script });
  const synthesizer = createElevenLabsSynthesizer({ key: new Secret(KEY), baseUrl: server.baseUrl });
  return { server, synthesizer };
}

async function collected(audio: AsyncIterable<Int16Array>): Promise<Int16Array[]> {
  const chunks: Int16Array[] = [];
  for await (const chunk of audio) chunks.push(chunk);
  return chunks;
}

test('text goes out sentence by sentence with the voice settings, and mu-law comes back as samples', async () => {
  const { server, synthesizer } = await voice();
  const settings = { stability: 0.4, similarityBoost: 0.7, optimizeStreamingLatency: 3 };
  const options = wanted({ voiceId: 'a/b', model: 'eleven_turbo_v2_5', speed: 3, settings });
  const chunks = await collected(synthesizer.speak(pieces('Hello. How ', 'are you?'), options));
  const url = new URL(server.requests[0]?.url ?? '', 'http://x');
  assert.equal(url.pathname, '/v1/text-to-speech/a%2Fb/stream-input');
  assert.equal(url.searchParams.get('output_format'), 'ulaw_8000');
  assert.equal(url.searchParams.get('model_id'), 'eleven_turbo_v2_5');
  assert.equal(url.searchParams.get('language_code'), 'en');
  assert.equal(url.searchParams.get('optimize_streaming_latency'), '3');
  assert.deepEqual(server.messages, [
    { text: ' ', voice_settings: { stability: 0.4, similarity_boost: 0.7, speed: 1.2 } },
    { text: 'Hello. ', flush: true },
    { text: 'How are you? ', flush: true },
    { text: '' },
  ]);
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [7 * 80, 13 * 80],
  );
  assert.equal(chunks[0]?.[0], 32_124);
  await server.close();
});

test('an abort ends the audio and closes the connection, also while the text hangs', async () => {
  const { server, synthesizer } = await voice();
  const abort = new AbortController();
  async function* hanging(): AsyncGenerator<string> {
    yield 'Hello there. And ';
    await new Promise(() => undefined);
  }
  let chunks = 0;
  for await (const _chunk of synthesizer.speak(hanging(), wanted({ signal: abort.signal }))) {
    chunks += 1;
    abort.abort();
  }
  assert.equal(chunks, 1);
  while (server.closed.count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await server.close();
});

test('a wrong key is told apart, and is not in the error', async () => {
  const { server, synthesizer } = await voice({ key: 'another' });
  await assert.rejects(collected(synthesizer.speak(pieces('Hello.'), wanted())), (error) => {
    assert.ok(error instanceof VendorError);
    assert.equal(error.failure, 'unauthorized');
    assert.equal(error.message.includes(KEY), false);
    return true;
  });
  await server.close();
});

test('a cut connection keeps the audio before it and then fails', async () => {
  const { server, synthesizer } = await voice({ cutAfterPieces: 1 });
  const heard: number[] = [];
  await assert.rejects(
    async () => {
      for await (const chunk of synthesizer.speak(pieces('One. ', 'Two. '), wanted()))
        heard.push(chunk.length);
    },
    (error) => error instanceof VendorError && error.failure === 'disconnected',
  );
  assert.equal(heard[0], 5 * 80);
  await server.close();
});

test('the errors of the vendor keep their class', async () => {
  for (const [word, failure] of [
    ['quota_exceeded', 'exhausted'],
    ['voice_id_does_not_exist', 'rejected'],
  ] as const) {
    const { server, synthesizer } = await voice({
      error: { message: 'no\r\nmore', error: word, code: 1008 },
    });
    await assert.rejects(collected(synthesizer.speak(pieces('Hello.'), wanted())), (error) => {
      assert.ok(error instanceof VendorError);
      assert.equal(error.failure, failure);
      assert.equal(error.message, '11labs: no more');
      return true;
    });
    await server.close();
  }
});
