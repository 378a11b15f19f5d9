import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type RunningExchange, startExchange, TEST_KEY } from '../support/running-exchange.ts';
import { assistant } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { goertzel, rms, tenths, tone } from '../support/tones.ts';
import { readWave } from '../support/wav.ts';

const TONE_HZ = 440;
const TONE_MS = 1_000;
const SAMPLE_RATE_HZ = 8_000;
const GREETING = 'Hello, this is the bakery. How can I help you?';

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange();
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

const hasTone = (piece: Int16Array) => goertzel(piece, TONE_HZ) > 3_000;
const isVoiced = (piece: Int16Array) => rms(piece) > 200;

describe('a recording', { concurrency: true }, () => {
  test('has the caller left and the agent right, and is served to the key alone', async () => {
    const { numberId } = await exchange.numberWith('taped', assistant({ firstMessage: GREETING }));
    const call = await phone.dial(exchange.uri('taped'));
    await call.answered;
    const greeting = await call.nextSpurt(10_000);
    await call.speak(tone(TONE_HZ, TONE_MS));
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    const url = record.artifact.stereoRecordingUrl;
    assert.ok(url);
    assert.equal((await fetch(url)).status, 401);
    const stranger = { authorization: 'Bearer a-key-of-somebody-else' };
    assert.equal((await fetch(url, { headers: stranger })).status, 401);
    const response = await fetch(url, { headers: { authorization: `Bearer ${TEST_KEY}` } });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'audio/wav');
    const wave = readWave(Buffer.from(await response.arrayBuffer()));
    assert.deepEqual([wave.channels, wave.sampleRateHz], [2, SAMPLE_RATE_HZ]);

    const upMs = Date.parse(record.endedAt ?? '') - Date.parse(record.startedAt ?? '');
    const recordedMs = (wave.left.length / SAMPLE_RATE_HZ) * 1000;
    assert.ok(Math.abs(recordedMs - upMs) < 1_000, `${recordedMs} ms recorded of ${upMs} ms`);
    const toneLeft = tenths(wave.left, hasTone);
    assert.ok(toneLeft >= 8 && toneLeft <= 11, `the tone stands left for ${toneLeft} tenths`);
    assert.equal(tenths(wave.right, hasTone), 0, 'the tone is not right');
    const spokenTenths = (greeting.endedAt - greeting.startedAt) / 100;
    const voicedRight = tenths(wave.right, isVoiced);
    assert.ok(voicedRight > spokenTenths * 0.6, `the agent speaks right for ${voicedRight} tenths`);
    assert.ok(tenths(wave.left, isVoiced) <= toneLeft + 2, 'nothing else is left');
  });

  test('is not made where artifactPlan says so', async () => {
    const agent = assistant({ firstMessage: GREETING, artifactPlan: { recordingEnabled: false } });
    const { numberId } = await exchange.numberWith('discreet', agent);
    const call = await phone.dial(exchange.uri('discreet'));
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const record = await exchange.endedCall(numberId);
    assert.equal(record.artifact.stereoRecordingUrl, undefined);
    const types = (await exchange.timeline(record.id)).map(({ type }) => type);
    assert.equal(types.includes('recording.started'), false);
    const files = await readdir(join(exchange.dataDir, 'recordings'));
    assert.deepEqual(
      files.filter((file) => file.includes(record.id)),
      [],
    );
    const refused = exchange.api('GET', `/call/${record.id}/stereo-recording`);
    await assert.rejects(refused, /404/);
  });
});
