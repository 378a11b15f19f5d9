import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { silentLogger } from '../../lib/logger.ts';
import { decodeMuLaw, encodeMuLaw } from '../mu-law.ts';
import { createFliteSynthesizer } from '../tts/flite.ts';
import type { TranscriberStream } from './contract.ts';
import { createPocketsphinxTranscriber, pocketsphinxAvailable } from './pocketsphinx.ts';

const available = await pocketsphinxAvailable();
const missing = available.ok ? [] : available.missing;
/** CI installs the packages: there their absence is a failure. */
const skip = available.ok || process.env.CI === 'true' ? false : `missing: ${missing.join(', ')}`;

const PHRASES = [
  'what are your opening hours',
  'where are you located',
  'i would like to book an appointment',
  'how much does it cost',
  'transfer me to sales',
  'thank you goodbye',
  'yes please',
  'no',
];
const OUTSIDE = [
  'i lost my credit card yesterday',
  'please call my brother tomorrow morning',
  'it was raining all day long',
  'what is your name',
  'hello',
];
/** With a word that no dictionary has: the rest of the grammar must live. */
const GRAMMAR = `#JSGF V1.0;\ngrammar test;\npublic <phrase> =\n    ${[...PHRASES, 'offhookian'].join('\n  | ')}\n  ;\n`;

const flite = createFliteSynthesizer({ logger: silentLogger });
const transcriber = createPocketsphinxTranscriber({ logger: silentLogger, maxProcesses: 2 });
after(() => Promise.all([flite.close(), transcriber.close()]));

async function telephoneAudio(text: string): Promise<Int16Array> {
  const options = { language: 'en', speed: 1, settings: {}, signal: new AbortController().signal };
  async function* once(): AsyncGenerator<string> {
    yield text;
  }
  const samples: number[] = [];
  for await (const chunk of flite.speak(once(), options)) samples.push(...chunk);
  return decodeMuLaw(encodeMuLaw(Int16Array.from(samples)));
}

async function opened(grammar?: string) {
  const abort = new AbortController();
  const options = { language: 'en', settings: {}, signal: abort.signal };
  return { abort, stream: await transcriber.open({ ...options, ...(grammar ? { grammar } : {}) }) };
}

function nextFinal(stream: TranscriberStream): Promise<string> {
  return new Promise((resolve) => {
    const off = stream.transcripts.on(({ text, isFinal, endOfTurn }) => {
      assert.deepEqual([isFinal, endOfTurn], [true, false]);
      off();
      resolve(text);
    });
  });
}

async function hear(stream: TranscriberStream, text: string): Promise<string> {
  const silence = new Int16Array(2_400);
  const audio = await telephoneAudio(text);
  const write = (samples: Int16Array) => {
    for (let at = 0; at + 160 <= samples.length; at += 160) stream.write(samples.subarray(at, at + 160));
  };
  write(silence);
  stream.speechStarted();
  write(audio);
  write(silence);
  const final = nextFinal(stream);
  stream.speechEnded();
  return final;
}

function wordErrors(said: string, heard: string): number {
  const rest = heard.split(' ');
  return said.split(' ').filter((word) => {
    const at = rest.indexOf(word);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  }).length;
}

test('with a grammar its phrases are heard exactly, and nothing else becomes one of them', {
  skip,
}, async () => {
  const { stream } = await opened(GRAMMAR);
  for (const phrase of PHRASES) assert.equal(await hear(stream, phrase), phrase);
  let wrong = 0;
  for (const sentence of OUTSIDE) {
    const text = await hear(stream, sentence);
    assert.equal(PHRASES.includes(text), false, `${sentence}: heard as ${text}`);
    wrong += wordErrors(sentence, text);
  }
  // 22 words; measured 1 to 3 errors.
  assert.ok(wrong <= 6, `${wrong} words were not heard`);
  stream.close();
});

test('without a grammar any words are heard, with few errors', { skip }, async () => {
  const { stream } = await opened();
  const sentences = [...OUTSIDE, 'i want to order two large pizzas'];
  let wrong = 0;
  for (const sentence of sentences) wrong += wordErrors(sentence, await hear(stream, sentence));
  // 29 words; measured 2 to 4 errors.
  assert.ok(wrong <= 8, `${wrong} words were not heard`);
  stream.close();
});

test('silence, and an end without a start, give an empty final', { skip }, async () => {
  const { stream } = await opened(GRAMMAR);
  const none = nextFinal(stream);
  stream.speechEnded();
  assert.equal(await none, '');
  stream.speechStarted();
  for (let frame = 0; frame < 50; frame += 1) stream.write(new Int16Array(160));
  const silent = nextFinal(stream);
  stream.speechEnded();
  assert.equal(await silent, '');
  stream.close();
});

test('many calls at once share the decoders and all get their text', { skip }, async () => {
  const streams = await Promise.all(Array.from({ length: 10 }, () => opened(GRAMMAR)));
  const texts = await Promise.all(streams.map(({ stream }) => hear(stream, 'where are you located')));
  assert.deepEqual([...new Set(texts)], ['where are you located']);
  for (const { stream } of streams) stream.close();
});

test('a stream that was aborted is silent, and closing leaves no process and no file', { skip }, async () => {
  const own = createPocketsphinxTranscriber({ logger: silentLogger, maxProcesses: 1 });
  const abort = new AbortController();
  const stream = await own.open({ language: 'en', settings: {}, signal: abort.signal });
  stream.transcripts.on(() => assert.fail('a text after the abort'));
  stream.speechStarted();
  for (let frame = 0; frame < 50; frame += 1) stream.write(new Int16Array(160));
  stream.speechEnded();
  abort.abort();
  await own.close();
  await assert.rejects(
    own.open({ language: 'en', settings: {}, signal: new AbortController().signal }),
    /closed/,
  );
});

test('decoders die with the process that started them, even when it is killed', { skip }, async () => {
  const source = `
    import { createPocketsphinxTranscriber } from ${JSON.stringify(new URL('./pocketsphinx.ts', import.meta.url).href)};
    const logger = { warn() {} };
    const transcriber = createPocketsphinxTranscriber({ logger, maxProcesses: 1 });
    await transcriber.warm();
    process.stdout.write(String(process.pid));
    process.kill(process.pid, 'SIGKILL');`;
  let owner = '';
  try {
    execFileSync(process.execPath, ['--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert.fail('it should have been killed');
  } catch (error) {
    const killed = error as { signal?: string; stdout?: Buffer };
    assert.equal(killed.signal, 'SIGKILL');
    owner = String(killed.stdout);
  }
  assert.match(owner, /^\d+$/);
  assert.ok(decodersOf(String(process.pid)).length > 0, 'our own decoders are found');
  // execFileSync returns when every holder of its output has ended or closed it; decoders hold none, so they are sought.
  const deadline = Date.now() + 5_000;
  while (decodersOf(owner).length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(decodersOf(owner), []);
});

/** Running decoders whose files lie in the directory of that process. */
function decodersOf(owner: string): string[] {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('pocketsphinx_batch') && line.includes(`offhook-hearing-${owner}-`));
}
