import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../lib/secret.ts';
import type { Synthesizer } from './contract.ts';
import { createFallbackSynthesizer } from './fallback.ts';
import { selectSynthesizer } from './select-synthesizer.ts';

const OPTIONS = { language: 'en', speed: 1, settings: {}, signal: new AbortController().signal };

/** Speaks each piece as `samples` samples and fails before piece `failAt`. */
function fakeVoice(name: string, samples: number, failAt = Number.POSITIVE_INFINITY) {
  const said: string[] = [];
  const voice: Synthesizer = {
    name,
    async *speak(text) {
      for await (const piece of text) {
        if (said.length === failAt) throw new Error(`${name} broke`);
        said.push(piece);
        yield new Int16Array(samples);
      }
    },
  };
  return { voice, said };
}

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function samplesOf(audio: AsyncIterable<Int16Array>): Promise<number> {
  let samples = 0;
  for await (const chunk of audio) samples += chunk.length;
  return samples;
}

test('one that fails before its first sound is replaced for the whole text', async () => {
  const first = fakeVoice('first', 800, 0);
  const second = fakeVoice('second', 800);
  const told: string[] = [];
  const voice = createFallbackSynthesizer([first.voice, second.voice], ({ from, to, error }) =>
    told.push(`${from} ${to} ${error.message}`),
  );
  assert.equal(await samplesOf(voice.speak(pieces('Hello. ', 'How are you?'), OPTIONS)), 1_600);
  assert.deepEqual(second.said, ['Hello. ', 'How are you?']);
  assert.deepEqual(told, ['first second first broke']);
});

test('the next one speaks what was not spoken yet, from the next word on', async () => {
  // One second of audio: 15 characters at the assumed pace, of which whole words count.
  const first = fakeVoice('first', 8_000, 1);
  const second = fakeVoice('second', 8_000);
  const voice = createFallbackSynthesizer([first.voice, second.voice], () => undefined);
  await samplesOf(voice.speak(pieces('Hello my friends. ', 'Goodbye.'), OPTIONS));
  assert.equal(second.said.join(''), ' friends. Goodbye.');
});

test('when the last one fails, speaking fails', async () => {
  const only = fakeVoice('only', 800, 1);
  const voice = createFallbackSynthesizer([only.voice], () => assert.fail('nobody to fall back to'));
  await assert.rejects(samplesOf(voice.speak(pieces('a', 'b'), OPTIONS)), /only broke/);
});

test('an agent gets the voice it names when it is built and has a key, else the offline one', () => {
  const { voice: offline } = fakeVoice('offline', 1);
  const key = (provider: string) => (provider === '11labs' ? new Secret('k') : undefined);
  const of = (provider: string, keys = key) =>
    selectSynthesizer({ settings: { provider, settings: {} }, offline, key: keys });
  assert.equal(selectSynthesizer({ settings: undefined, offline, key }).synthesizer, offline);
  assert.equal(of('11labs').synthesizer.name, '11labs');
  assert.equal(of('11labs', () => undefined).warnings[0]?.code, 'provider-key-missing');
  assert.equal(of('constructor').warnings[0]?.code, 'provider-not-built');
  assert.equal(of('constructor').synthesizer, offline);
});
