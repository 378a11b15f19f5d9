import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAgent } from '../../test/support/fake-voice.ts';
import { silentLogger } from '../lib/logger.ts';
import { Secret } from '../lib/secret.ts';
import { createVoiceHouse } from './voice-house.ts';

test("a tenant's credential cannot send the exchange's sockets to a host of its choice", async () => {
  const house = await createVoiceHouse({
    environment: {},
    fetch: () => Promise.reject(new Error('nothing is fetched')),
    hearingProcesses: 1,
    useLocalModel: false,
    logger: silentLogger,
  });
  const warningsOf = (apiUrl: string) => {
    const codes: string[] = [];
    const vendorKeys = { '11labs': new Secret('key'), '11labs:apiUrl': new Secret(apiUrl) };
    const voice = { provider: '11labs', voiceId: 'v', settings: {} };
    house.partsFor(fakeAgent({ voice, vendorKeys }), ({ code }) => codes.push(code));
    return codes;
  };
  try {
    assert.deepEqual(warningsOf('http://10.0.0.1'), ['api-url-unavailable']);
    assert.deepEqual(warningsOf('https://api.eu.residency.elevenlabs.io'), []);
  } finally {
    await house.close();
  }
});
