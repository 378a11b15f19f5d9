import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTranscriber } from '../../../test/support/fake-transcriber.ts';
import { Secret } from '../../lib/secret.ts';
import { selectTranscriber } from './select-transcriber.ts';

const offline = fakeTranscriber('offline');
const key = (provider: string) => (provider === 'deepgram' ? new Secret('k') : undefined);

test('without settings, and by name, it is the offline one', () => {
  for (const settings of [undefined, { provider: 'offline', settings: {} }]) {
    assert.deepEqual(selectTranscriber({ settings, offline, key }), { transcriber: offline, warnings: [] });
  }
});

test('a vendor with a key is taken, with the offline one in reserve', async () => {
  const told: string[] = [];
  const { transcriber, warnings } = selectTranscriber({
    settings: { provider: 'deepgram', settings: {} },
    offline,
    key,
    baseUrl: () => 'http://127.0.0.1:1',
    onFallback: ({ from, to }) => told.push(`${from} ${to}`),
  });
  assert.deepEqual(warnings, []);
  assert.equal(transcriber.name, 'deepgram');
  await transcriber.open({ language: 'en', settings: {}, signal: new AbortController().signal });
  assert.deepEqual(told, ['deepgram offline']);
  assert.equal(offline.streams.length, 1);
});

test('a vendor without key or adapter is told and replaced', () => {
  const missing = selectTranscriber({
    settings: { provider: 'deepgram', settings: {} },
    offline,
    key: () => undefined,
  });
  assert.equal(missing.transcriber, offline);
  assert.equal(missing.warnings[0]?.code, 'provider-key-missing');
  for (const provider of ['gladia', 'toString', '__proto__']) {
    const unknown = selectTranscriber({ settings: { provider, settings: {} }, offline, key });
    assert.equal(unknown.transcriber, offline);
    assert.equal(unknown.warnings[0]?.code, 'provider-not-built');
  }
});
