import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeDeepgram, startFakeDeepgram } from '../support/fake-deepgram.ts';
import { type FakeElevenLabs, startFakeElevenLabs } from '../support/fake-elevenlabs.ts';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const KEY = 'vendor-key';
const GREETING = 'Hello, this is the bakery.';
const HOURS = 'We are open from seven to six.';
const QUESTION = 'What are your opening hours?';
/** What the fake voice says, whatever the text: mu-law 0x80, the loudest positive sample. */
const VENDOR_SAMPLE = 32_124;
/** The fake voice gives 80 samples of 8 kHz for each character. */
const MS_PER_CHARACTER = 10;

const VARIABLES = ['DEEPGRAM_API_KEY', 'DEEPGRAM_BASE_URL', 'ELEVENLABS_API_KEY', 'ELEVENLABS_BASE_URL'];
const environment = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

let exchange: RunningExchange;
let phone: TestPhone;
let ears: FakeDeepgram;
let voice: FakeElevenLabs;

before(async () => {
  ears = await startFakeDeepgram({ key: KEY, segments: [{ text: QUESTION }] });
  voice = await startFakeElevenLabs({ key: KEY });
  useVendors(KEY);
  exchange = await startExchange();
  phone = await openTestPhone();
});

after(async () => {
  await phone.close();
  await exchange.stop();
  await Promise.all([ears.close(), voice.close()]);
  for (const name of VARIABLES) {
    const value = environment[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function useVendors(key: string): void {
  process.env.DEEPGRAM_API_KEY = key;
  process.env.DEEPGRAM_BASE_URL = ears.baseUrl;
  process.env.ELEVENLABS_API_KEY = key;
  process.env.ELEVENLABS_BASE_URL = voice.baseUrl;
}

const VENDOR_AGENT = assistant({
  firstMessage: GREETING,
  model: scripted(`Opening hours: ${HOURS}`),
  transcriber: { provider: 'deepgram', model: 'nova-3', language: 'en' },
  voice: { provider: '11labs', voiceId: 'sarah', model: 'eleven_turbo_v2_5' },
});

async function warnings(callId: string): Promise<string[]> {
  const lines = (await exchange.timeline(callId)).filter(({ type }) => type === 'agent.warned');
  return lines.map(({ data }) => `${data.code}: ${data.message}`);
}

test('Deepgram hears and ElevenLabs speaks, mu-law at 8 kHz from end to end', async () => {
  const { numberId } = await exchange.numberWith('vendors', VENDOR_AGENT);
  const call = await phone.dial(exchange.uri('vendors'));
  await call.answered;
  const greeting = await call.nextSpurt(10_000);
  const answer = call.nextSpurt(20_000);
  await phone.say(call, QUESTION);
  const answered = await answer;
  await call.hangup();

  for (const [{ samples, startedAt, endedAt }, text] of [
    [greeting, GREETING],
    [answered, HOURS],
  ] as const) {
    const loud = samples.filter((sample) => sample === VENDOR_SAMPLE).length / 8;
    assert.ok(
      Math.abs(loud - text.length * MS_PER_CHARACTER) <= 60,
      `${loud} ms of "${text}" came unchanged`,
    );
    assert.ok(Math.abs(endedAt - startedAt - loud) < 200);
  }
  const record = await exchange.endedCall(numberId);
  const spoken = record.artifact.messages.map(({ role, message }) => `${role}: ${message}`);
  assert.deepEqual(spoken, [`bot: ${GREETING}`, `user: ${QUESTION}`, `bot: ${HOURS}`]);
  const listen = new URL(ears.requests[0]?.url ?? '', 'http://vendor').searchParams;
  assert.deepEqual([listen.get('encoding'), listen.get('sample_rate')], ['mulaw', '8000']);
  assert.ok(ears.audio.bytes > 8_000, 'more than a second was heard');
  assert.match(voice.requests[0]?.url ?? '', /\/sarah\/stream-input\?.*output_format=ulaw_8000/);
  assert.deepEqual(
    (await warnings(record.id)).filter((line) => line.startsWith('provider')),
    [],
  );
});

/** Greeting, and question and answer where wanted, by the offline parts, with a warning of each vendor in the timeline. */
async function assertOfflineStandsIn(user: string, code: RegExp, asks: boolean): Promise<void> {
  const { numberId } = await exchange.numberWith(user, VENDOR_AGENT);
  const call = await phone.dial(exchange.uri(user));
  await call.answered;
  const greeting = await phone.understand(await call.nextSpurt(15_000), [GREETING, HOURS]);
  assert.match(greeting, /this is the bakery/);
  if (asks) {
    const answer = call.nextSpurt(30_000);
    await phone.say(call, QUESTION);
    assert.match(await phone.understand(await answer, [GREETING, HOURS]), /open from seven to six/);
  }
  await call.hangup();
  const record = await exchange.endedCall(numberId);
  assert.equal(record.endedReason, 'customer-ended-call');
  const told = (await warnings(record.id)).filter((line) => code.test(line));
  assert.ok(
    told.some((line) => /deepgram/i.test(line)),
    told.join('\n'),
  );
  assert.ok(
    told.some((line) => /11labs|elevenlabs/i.test(line)),
    told.join('\n'),
  );
}

test(
  'a vendor that refuses the key is replaced by the offline parts, with a warning',
  await withHearing(),
  async () => {
    useVendors('a key that nobody gave');
    await assertOfflineStandsIn('refused', /^provider-failed/, false);
  },
);

test(
  'a vendor without a key is replaced by the offline parts, with a warning',
  await withHearing(),
  async () => {
    delete process.env.DEEPGRAM_API_KEY;
    delete process.env.ELEVENLABS_API_KEY;
    await assertOfflineStandsIn('keyless', /^provider-key-missing/, false);
  },
);

test(
  'a vendor that is down is replaced by the offline parts, with a warning',
  await withHearing(),
  async () => {
    useVendors(KEY);
    await Promise.all([ears.close(), voice.close()]);
    await assertOfflineStandsIn('down', /^provider-failed/, true);
  },
);
