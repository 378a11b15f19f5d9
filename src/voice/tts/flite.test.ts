import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { silentLogger } from '../../lib/logger.ts';
import { AudioCache } from './audio-cache.ts';
import type { SynthesisOptions } from './contract.ts';
import { createFliteSynthesizer, plainText } from './flite.ts';
import { halveRate } from './halve-rate.ts';
import { readWave } from './wave-file.ts';

const flite = createFliteSynthesizer({ logger: silentLogger });
after(() => flite.close());

function wanted(over: Partial<SynthesisOptions> = {}): SynthesisOptions {
  return { language: 'en', speed: 1, settings: {}, signal: new AbortController().signal, ...over };
}

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function spoken(
  text: string,
  over: Partial<SynthesisOptions> = {},
  voice = flite,
): Promise<Int16Array[]> {
  const chunks: Int16Array[] = [];
  for await (const chunk of voice.speak(pieces(text), wanted(over))) chunks.push(chunk);
  return chunks;
}

function seconds(chunks: Int16Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0) / 8_000;
}

function tone(hz: number, rateHz: number): Int16Array {
  return Int16Array.from(
    { length: rateHz / 2 },
    (_, at) => 10_000 * Math.sin((2 * Math.PI * hz * at) / rateHz),
  );
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

test('each sentence is a piece of audio, and it is loud enough to hear', async () => {
  const chunks = await spoken('It costs 3.50 today. Thank you.');
  assert.equal(chunks.length, 2);
  assert.ok(seconds(chunks) > 2 && seconds(chunks) < 6);
  for (const chunk of chunks) assert.ok(rms(chunk) > 500);
});

test('the first sentence is spoken while the text still comes', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* slow(): AsyncGenerator<string> {
    yield 'Good morning. And ';
    await gate;
    yield 'goodbye.';
  }
  const audio = flite.speak(slow(), wanted())[Symbol.asyncIterator]();
  assert.equal((await audio.next()).done, false);
  release();
  assert.equal((await audio.next()).done, false);
  assert.equal((await audio.next()).done, true);
});

test('speed changes the length, and every voice speaks; an unknown one is rms', async () => {
  const normal = seconds(await spoken('This is a test sentence.'));
  assert.ok(seconds(await spoken('This is a test sentence.', { speed: 2 })) < normal * 0.65);
  assert.ok(seconds(await spoken('This is a test sentence.', { speed: 0.5 })) > normal * 1.6);
  const other = await spoken('This is a test sentence.', { voiceId: 'some-vendor-voice' });
  assert.deepEqual(other, await spoken('This is a test sentence.', { voiceId: 'rms' }));
  for (const voiceId of ['slt', 'awb', 'kal16', 'kal']) {
    assert.ok(seconds(await spoken('This is a test sentence.', { voiceId })) > 1, voiceId);
  }
});

test('what the listener does with its audio does not reach the cache', async () => {
  const [first] = await spoken('Cached sentence.');
  const before = first?.slice();
  first?.fill(0);
  assert.deepEqual((await spoken('Cached sentence.'))[0], before);
});

test('text without words makes no sound, and no text can name a file or an option', async () => {
  assert.deepEqual(await spoken(' ... !? '), []);
  assert.ok(seconds(await spoken('-o /etc/passwd\0 -voice x')) > 0.5);
  assert.equal(plainText('“Grüße” — it’s…'), '"Grusse", it\'s.');
});

test('an abort ends the audio at once, also while the text hangs', async () => {
  const abort = new AbortController();
  async function* hanging(): AsyncGenerator<string> {
    yield 'One. ';
    await new Promise(() => undefined);
  }
  let chunks = 0;
  for await (const _chunk of flite.speak(hanging(), wanted({ signal: abort.signal }))) {
    chunks += 1;
    abort.abort();
  }
  assert.equal(chunks, 1);
});

test('a worker that dies fails the sentence, and the next sentence gets a new worker', async () => {
  const source = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ id, text }) => {
      if (text === 'die.') process.exit(3);
      parentPort.postMessage({ id, samples: new Int16Array(80) });
    });`;
  const workerUrl = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const voice = createFliteSynthesizer({ logger: silentLogger, workerUrl });
  await assert.rejects(spoken('die.', {}, voice), /crashed.*exit code 3/);
  assert.equal((await spoken('live.', {}, voice))[0]?.length, 80);
  await voice.close();
  await assert.rejects(spoken('more.', {}, voice), /closed/);
});

test('halving the rate keeps speech and drops what would fold back', () => {
  const kept = rms(halveRate(tone(1_000, 16_000)));
  assert.ok(Math.abs(kept - 7_071) < 150, `1 kHz: ${kept}`);
  const dropped = rms(halveRate(tone(5_000, 16_000)).subarray(64, -64));
  assert.ok(dropped < 10, `5 kHz: ${dropped}`);
});

test('the cache drops what was used least recently', () => {
  const cache = new AudioCache(400);
  cache.set('a', new Int16Array(80));
  cache.set('b', new Int16Array(80));
  cache.get('a');
  cache.set('c', new Int16Array(80));
  assert.equal(cache.get('b'), undefined);
  assert.equal(cache.get('a')?.length, 80);
  assert.equal(cache.bytes, 320);
  cache.set('too large', new Int16Array(500));
  assert.equal(cache.get('too large'), undefined);
});

test('a file that is no wave is refused', () => {
  assert.throws(() => readWave(new Uint8Array(10)), /not a WAVE/);
  assert.throws(() => readWave(new Uint8Array(100)), /not a WAVE/);
});
