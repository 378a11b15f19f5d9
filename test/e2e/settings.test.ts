import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startFakeOpenAi } from '../support/fake-openai.ts';
import { RawCaller } from '../support/raw-caller.ts';
import { type RunningExchange, startExchange, TEST_KEY } from '../support/running-exchange.ts';
import { openProcessHouse } from '../support/server-process.ts';
import { assistant, customModel } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

/** Below the ports that the system gives out by itself, and away from those of the telephone. */
const ONE_PAIR = { from: 28_000, to: 28_001 };
const GREETING = { firstMessage: 'Hello.' };

let phone: TestPhone;
let folder: string;

before(async () => {
  phone = await openTestPhone();
  folder = await mkdtemp(join(tmpdir(), 'offhook-settings-'));
});
after(async () => {
  await phone.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a test on an exchange with these settings. */
async function withExchange(
  settings: Record<string, string>,
  run: (exchange: RunningExchange) => Promise<void>,
): Promise<void> {
  const exchange = await startExchange(settings);
  try {
    await run(exchange);
  } finally {
    await exchange.stop();
  }
}

async function invite(exchange: RunningExchange, user: string) {
  const caller = await RawCaller.open(exchange.offhook.sipPort);
  try {
    return await caller.invite(exchange.uri(user));
  } finally {
    caller.close();
  }
}

const metricsOf = async ({ offhook }: RunningExchange, headers: Record<string, string> = {}) =>
  fetch(`${offhook.httpUrl}/metrics`, { headers });

test('OFFHOOK_PUBLIC_HOST stands in SDP and Contact, and in the SIP URIs that are made', async () => {
  await withExchange({ OFFHOOK_PUBLIC_HOST: '203.0.113.7' }, async (exchange) => {
    await exchange.numberWith('shop', assistant(GREETING));
    const answer = await invite(exchange, 'shop');
    assert.equal(answer.status, 200);
    assert.match(answer.body, /^c=IN IP4 203\.0\.113\.7\r$/m);
    assert.match(
      answer.headers('Contact')[0] ?? '',
      new RegExp(`@?203\\.0\\.113\\.7:${exchange.offhook.sipPort}`),
    );
    const { sipUri } = await exchange.api<{ sipUri: string }>('POST', '/phone-number', { provider: 'vapi' });
    assert.match(sipUri, /^sip:[^@]+@203\.0\.113\.7$/);
  });
});

test('without a public host a peer is told the address on the route to it', async () => {
  await withExchange({ OFFHOOK_BIND: '0.0.0.0' }, async (exchange) => {
    await exchange.numberWith('shop', assistant(GREETING));
    const answer = await invite(exchange, 'shop');
    assert.match(answer.body, /^c=IN IP4 127\.0\.0\.1\r$/m);
    assert.match(answer.headers('Contact')[0] ?? '', /127\.0\.0\.1:/);
  });
});

test('OFFHOOK_SIP_DOMAIN is the host of the SIP URIs that are made, before the public host', async () => {
  const settings = { OFFHOOK_SIP_DOMAIN: 'sip.example.org', OFFHOOK_PUBLIC_HOST: '203.0.113.7' };
  await withExchange(settings, async (exchange) => {
    const { sipUri } = await exchange.api<{ sipUri: string }>('POST', '/phone-number', { provider: 'vapi' });
    assert.match(sipUri, /^sip:[^@]+@sip\.example\.org$/);
    const given = { provider: 'vapi', sipUri: 'sip:given@sip.example.org' };
    assert.equal(
      (await exchange.api<{ sipUri: string }>('POST', '/phone-number', given)).sipUri,
      given.sipUri,
    );
    await assert.rejects(
      exchange.api('POST', '/phone-number', { provider: 'vapi', sipUri: 'sip:other@elsewhere.example' }),
      /400.*sip:user@sip\.example\.org/,
    );
  });
});

test("OFFHOOK_PUBLIC_URL is the base of a recording's URL", async () => {
  await withExchange({ OFFHOOK_PUBLIC_URL: 'https://voice.example.org/offhook/' }, async (exchange) => {
    const { numberId } = await exchange.numberWith('shop', assistant(GREETING));
    const call = await phone.dial(exchange.uri('shop'));
    await call.answered;
    await call.nextSpurt(10_000);
    await call.hangup();
    const { id, artifact } = await exchange.endedCall(numberId);
    const path = `/call/${id}/stereo-recording`;
    assert.equal(artifact.stereoRecordingUrl, `https://voice.example.org/offhook${path}`);
    const recording = await fetch(`${exchange.offhook.httpUrl}${path}`, {
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    assert.equal(recording.headers.get('content-type'), 'audio/wav');
    assert.ok((await recording.arrayBuffer()).byteLength > 8_000);
  });
});

test('OFFHOOK_TRUSTED_PROXIES decides whether a forwarded address is believed', async () => {
  const inside = { 'x-forwarded-for': '10.1.2.3' };
  const outside = { 'x-forwarded-for': '8.8.8.8' };
  await withExchange({}, async (exchange) => {
    assert.equal((await metricsOf(exchange)).status, 200);
    assert.equal((await metricsOf(exchange, inside)).status, 401, 'anybody can write that header');
  });
  await withExchange({ OFFHOOK_TRUSTED_PROXIES: '127.0.0.0/8' }, async (exchange) => {
    assert.equal((await metricsOf(exchange, inside)).status, 200);
    assert.equal((await metricsOf(exchange, outside)).status, 401);
  });
});

test('OFFHOOK_RTP_PORTS bounds the ports of calls, and a call beyond them is told to come back', async () => {
  const range = `${ONE_PAIR.from}-${ONE_PAIR.to}`;
  await withExchange({ OFFHOOK_RTP_PORTS: range }, async (exchange) => {
    await exchange.numberWith('shop', assistant(GREETING));
    const first = await invite(exchange, 'shop');
    assert.match(first.body, new RegExp(`^m=audio ${ONE_PAIR.from} `, 'm'));
    await until('the pair is free again', () => exchange.offhook.activeCalls === 0);

    const call = await phone.dial(exchange.uri('shop'));
    await call.answered;
    const second = await invite(exchange, 'shop');
    assert.equal(second.status, 503);
    assert.ok(Number(second.headers('Retry-After')[0]) > 0);
    assert.equal(call.end, undefined, 'the call that is up stays up');
    await call.hangup();
  });
});

test('OFFHOOK_SOURCE_CPS drops what one address sends above it', async () => {
  await withExchange({ OFFHOOK_SOURCE_CPS: '0.01' }, async (exchange) => {
    assert.equal((await invite(exchange, 'nobody')).status, 404);
    await assert.rejects(invite(exchange, 'nobody'), 'no answer at all');
    const figures = await (await metricsOf(exchange)).text();
    assert.match(figures, /^offhook_sip_source_dropped_total\{cause="rate"\} 1$/m);
  });
});

test("OFFHOOK_EGRESS_ALLOW admits a customer's URL on a private address, which is refused without it", async () => {
  const model = await startFakeOpenAi([{ steps: [{ text: 'Hello from inside.' }] }]);
  const speakFirst = assistant({
    firstMessageMode: 'assistant-speaks-first-with-model-generated-message',
    model: customModel(model.url),
  });
  const greet = async (exchange: RunningExchange) => {
    await exchange.numberWith('shop', speakFirst);
    const call = await phone.dial(exchange.uri('shop'));
    await call.answered;
    await call.nextSpurt(15_000);
    await call.hangup();
  };
  try {
    await withExchange({}, greet);
    assert.equal(model.requests.length, 0, 'something was said, but not by that model');
    await withExchange({ OFFHOOK_EGRESS_ALLOW: '127.0.0.0/8' }, greet);
    assert.equal(model.requests.length, 1);
  } finally {
    await model.close();
  }
});

test('OFFHOOK_BIND is the only address that is listened on', async () => {
  await withExchange({ OFFHOOK_BIND: '127.0.0.2' }, async ({ offhook }) => {
    const { port } = new URL(offhook.httpUrl);
    assert.equal((await fetch(`http://127.0.0.2:${port}/health`)).status, 200);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
  });
});

test('OFFHOOK_DATA_DIR holds everything that is kept, for its owner alone; with OFFHOOK_SECRET_KEY no key is made', async () => {
  const own = join(folder, 'own');
  await withExchange({ OFFHOOK_DATA_DIR: own }, async () => {});
  assert.deepEqual((await readdir(own)).sort(), ['node.id', 'offhook.db', 'recordings', 'secret.key']);
  for (const path of [own, join(own, 'recordings')]) assert.equal((await stat(path)).mode & 0o777, 0o700);
  const given = join(folder, 'given');
  await withExchange(
    { OFFHOOK_DATA_DIR: given, OFFHOOK_SECRET_KEY: 'correct horse battery' },
    async () => {},
  );
  assert.ok(!(await readdir(given)).includes('secret.key'));
});

test('OFFHOOK_CONFIG names a file of settings, and OFFHOOK_LOG_LEVEL=silent logs nothing', async () => {
  const file = join(folder, 'offhook.env');
  await writeFile(file, '# ours\nOFFHOOK_LOG_LEVEL=silent\nOFFHOOK_SIP_DOMAIN=sip.example.org\n');
  const house = await openProcessHouse();
  try {
    const server = await house.start({ OFFHOOK_CONFIG: file });
    const { body } = await server.api('POST', '/phone-number', { provider: 'vapi' });
    assert.match((body as { sipUri: string }).sipUri, /@sip\.example\.org$/);
    server.kill('SIGTERM');
    assert.equal((await server.ended).stderr, '');
  } finally {
    await house.close();
  }
});
