import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeDeepgramScript, startFakeDeepgram } from '../../../test/support/fake-deepgram.ts';
import { Secret } from '../../lib/secret.ts';
import { decodeMuLaw } from '../mu-law.ts';
import { VendorError } from '../vendor-socket.ts';
import type { TranscriberOptions, TranscriberStream, Transcript } from './contract.ts';
import { createDeepgramTranscriber } from './deepgram.ts';

const KEY = 'dg-test-key';
const FRAME = new Int16Array(160).fill(1_000);

function wanted(over: Partial<TranscriberOptions> = {}): TranscriberOptions {
  return { language: 'en', settings: {}, signal: new AbortController().signal, ...over };
}

async function opened(script: Partial<FakeDeepgramScript>, options: Partial<TranscriberOptions> = {}) {
  const server = await startFakeDeepgram({ key: KEY, ...script });
  const transcriber = createDeepgramTranscriber({ key: new Secret(KEY), baseUrl: server.baseUrl });
  const stream = await transcriber.open(wanted(options));
  const heard: Transcript[] = [];
  stream.transcripts.on((transcript) => heard.push(transcript));
  return { server, stream, heard };
}

function nextTranscript(stream: TranscriberStream): Promise<Transcript> {
  return new Promise((resolve) => {
    const off = stream.transcripts.on((transcript) => {
      off();
      resolve(transcript);
    });
  });
}

function nextFailure(stream: TranscriberStream): Promise<Error> {
  return new Promise((resolve) => stream.failed.on(resolve));
}

test('the request names mu-law at 8 kHz and carries the settings of the agent', async () => {
  const settings = { smartFormat: true, keyterm: ['Offhook', 'Vapi'], endpointing: 10, keywords: ['x:1'] };
  const { server, stream } = await opened({}, { model: 'nova-3', language: 'de', settings });
  const query = new URL(server.requests[0]?.url ?? '', 'http://x').searchParams;
  assert.equal(query.get('encoding'), 'mulaw');
  assert.equal(query.get('sample_rate'), '8000');
  assert.equal(query.get('model'), 'nova-3');
  assert.equal(query.get('language'), 'de');
  assert.equal(query.get('endpointing'), '10');
  assert.equal(query.get('smart_format'), 'true');
  assert.deepEqual(query.getAll('keyterm'), ['Offhook', 'Vapi', 'x'], 'keywords too, without their boost');
  assert.equal(query.has('keywords'), false);
  stream.close();
  await server.close();
});

test('audio arrives as mu-law, interim text as partial, and Finalize brings the final text', async () => {
  const { server, stream, heard } = await opened({
    interim: { afterBytes: 160, text: 'what are' },
    segments: [{ text: 'What are your hours?', confidence: 0.8 }],
  });
  stream.speechStarted();
  const partial = nextTranscript(stream);
  stream.write(FRAME);
  assert.deepEqual(await partial, { text: 'what are', isFinal: false, confidence: 0.9 });
  assert.ok(Math.abs((decodeMuLaw(server.audio.last)[0] ?? 0) - 1_000) < 40);
  const final = nextTranscript(stream);
  stream.speechEnded();
  assert.deepEqual(await final, { text: 'What are your hours?', isFinal: true, confidence: 0.8 });
  assert.equal(heard.length, 2);
  assert.deepEqual(server.controls, ['Finalize']);
  stream.close();
  await server.close();
});

test('text below the confidence threshold is dropped, and the segment still ends with an empty final', async () => {
  const { server, stream } = await opened(
    { segments: [{ text: 'mumble', confidence: 0.5 }] },
    { settings: { confidenceThreshold: 0.6 } },
  );
  const final = nextTranscript(stream);
  stream.speechEnded();
  assert.equal((await final).text, '');
  stream.close();
  await server.close();
});

test('a Finalize without answer ends in an empty final', async () => {
  const { server, stream } = await opened({ ignoresFinalize: true });
  const final = nextTranscript(stream);
  stream.speechEnded();
  assert.deepEqual(await final, { text: '', isFinal: true });
  stream.close();
  await server.close();
});

test('the end of an utterance is told as the end of a turn', async () => {
  const server = await startFakeDeepgram({ key: KEY, interim: { afterBytes: 160, text: 'hm' } });
  const transcriber = createDeepgramTranscriber({ key: new Secret(KEY), baseUrl: server.baseUrl });
  await server.close();
  const greeting = [{ type: 'SpeechStarted' }, { type: 'UtteranceEnd', last_word_end: 2.1 }];
  const talking = await startFakeDeepgram({ key: KEY, greeting });
  const stream = await createDeepgramTranscriber({ key: new Secret(KEY), baseUrl: talking.baseUrl }).open(
    wanted(),
  );
  assert.deepEqual(await nextTranscript(stream), { text: '', isFinal: true, endOfTurn: true });
  stream.close();
  await talking.close();
  await assert.rejects(
    transcriber.open(wanted()),
    (error) => error instanceof VendorError && error.failure === 'unreachable',
  );
});

test('a wrong key is told apart, and is not in the error', async () => {
  const server = await startFakeDeepgram({ key: 'another' });
  const transcriber = createDeepgramTranscriber({ key: new Secret(KEY), baseUrl: server.baseUrl });
  await assert.rejects(transcriber.open(wanted()), (error) => {
    assert.ok(error instanceof VendorError);
    assert.equal(error.failure, 'unauthorized');
    assert.equal(error.message.includes(KEY), false);
    return true;
  });
  await server.close();
});

test('a vendor that does not answer is given up', async () => {
  const server = await startFakeDeepgram({ key: KEY, hangs: true });
  const transcriber = createDeepgramTranscriber({
    key: new Secret(KEY),
    baseUrl: server.baseUrl,
    connectLimitMs: 50,
  });
  await assert.rejects(
    transcriber.open(wanted()),
    (error) => error instanceof VendorError && error.failure === 'timed-out',
  );
  await server.close();
});

test('a connection cut amid the call fails the stream once', async () => {
  const { server, stream } = await opened({ cutAfterBytes: 320 });
  const failures: Error[] = [];
  stream.failed.on((error) => failures.push(error));
  const failed = nextFailure(stream);
  stream.write(FRAME);
  stream.write(FRAME);
  const error = await failed;
  assert.ok(error instanceof VendorError);
  assert.equal(error.failure, 'disconnected');
  stream.write(FRAME);
  stream.speechEnded();
  stream.close();
  assert.equal(failures.length, 1);
  await server.close();
});

test('words that are no JSON fail the stream as a breach of protocol', async () => {
  const { server, stream } = await opened({ greeting: [[]] });
  const error = await nextFailure(stream);
  assert.ok(error instanceof VendorError);
  assert.equal(error.failure, 'protocol');
  await server.close();
});
