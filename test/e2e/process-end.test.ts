import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import { withHearing } from '../support/hearing.ts';
import { RawCaller } from '../support/raw-caller.ts';
import type { CallView } from '../support/running-exchange.ts';
import {
  openProcessHouse,
  PROCESS_KEY,
  type ProcessHouse,
  type ServerProcess,
} from '../support/server-process.ts';
import { assistant, LONG_MESSAGE, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

const FAREWELL = 'I am sorry, this call has to end now. Goodbye.';
const HOURS = 'We are open from seven to six.';
const WORKER_DIED = 'call.in-progress.error-vapifault-worker-died';
/** Longer than a healthy disk takes for a call's row, and less than the answer waits for it. */
const SLOW_DISK_MS = 1_500;
/** Draining, the farewell and its limit, with room for a busy machine. */
const END_LIMIT_MS = 20_000;
/** Signals closer than half a second are one. */
const SLOWER_THAN_A_DOUBLE_SIGNAL_MS = 700;
const WAV_HEADER_BYTES = 44;
/** Two channels of 16 bits at 8 kHz. */
const WAV_BYTES_PER_MS = 32;

let house: ProcessHouse;
let phone: TestPhone;

before(async () => {
  phone = await openTestPhone();
});
after(() => phone.close());
beforeEach(async () => {
  house = await openProcessHouse();
});
afterEach(() => house.close());

async function numberWith(server: ServerProcess, user: string, settings: object): Promise<string> {
  const made = await server.api('POST', '/assistant', assistant(settings));
  const { id: assistantId } = made.body as { id: string };
  const body = { provider: 'vapi', sipUri: `sip:${user}@sip.vapi.ai`, assistantId };
  const number = await server.api('POST', '/phone-number', body);
  assert.equal(number.status, 201, JSON.stringify(number.body));
  return (number.body as { id: string }).id;
}

async function callsOf(server: ServerProcess, numberId: string): Promise<CallView[]> {
  return (await server.api('GET', `/call?phoneNumberId=${numberId}`)).body as CallView[];
}

/** Calls the number and waits until the agent has begun to speak. */
async function greeted(server: ServerProcess, user: string): Promise<PhoneCall> {
  const call = await phone.dial(server.uri(user));
  await call.answered;
  if (!call.ear.isHearingSpeech) await call.nextStart(10_000);
  return call;
}

describe('SIGTERM', () => {
  test('refuses new calls, lets the one in progress go on, says farewell at the limit, and exits with 0', async (t) => {
    const { skip } = await withHearing();
    if (skip) return t.skip(skip);
    const settings = { OFFHOOK_DRAIN_MS: '4000' };
    const server = await house.start(settings);
    const numberId = await numberWith(server, 'shop', {
      firstMessage: 'Hello.',
      model: scripted('Parking: none.'),
    });
    const call = await greeted(server, 'shop');
    await call.nextSpurt(10_000);
    const goodbye = call.nextSpurt(END_LIMIT_MS);
    const over = call.whenEnded(END_LIMIT_MS);
    server.kill('SIGTERM');

    await until('draining', async () => (await fetch(`${server.httpUrl}/health`)).status === 503, 3_000);
    const health = await fetch(`${server.httpUrl}/health`);
    assert.equal(await health.text(), '{"status":"draining"}');
    const stranger = await RawCaller.open(server.sipPort);
    const refusal = await stranger.invite(server.uri('shop'));
    stranger.close();
    assert.equal(refusal.status, 503);
    assert.ok(Number(refusal.headers('Retry-After')[0]) > 0, 'it says when to try again');
    assert.equal(call.end, undefined, 'the call in progress is still up');

    assert.match(await phone.understand(await goodbye, [FAREWELL, HOURS]), /this call has to end now/);
    assert.equal((await over).by, 'peer');
    const end = await server.ended;
    assert.equal(end.code, 0);
    assert.match(end.stdout, /SIGTERM: no new calls; 1 in progress/);
    assert.deepEqual(house.alive(), []);

    const again = await house.start(settings);
    const [record, ...more] = await callsOf(again, numberId);
    assert.deepEqual(more, []);
    assert.equal(record?.status, 'ended');
    assert.equal(record?.endedReason, 'worker-shutdown');
    assert.equal(record?.artifact.messages.at(-1)?.message, FAREWELL);
  });

  test('with no call up ends at once, by SIGINT too', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const server = await house.start({ OFFHOOK_DRAIN_MS: '60000' });
      server.kill(signal);
      const end = await server.ended;
      assert.equal(end.code, 0, end.stderr);
      assert.match(end.stdout, new RegExp(`${signal}: no new calls; 0 in progress`));
      assert.deepEqual(house.alive(), []);
    }
  });

  test('lets a call end by itself, and is gone right after it', async () => {
    const server = await house.start({ OFFHOOK_DRAIN_MS: '60000' });
    const numberId = await numberWith(server, 'shop', { firstMessage: LONG_MESSAGE });
    const call = await greeted(server, 'shop');
    server.kill('SIGINT');
    await until('the signal is taken', () => /1 in progress/.test(server.stdout));
    await call.hangup();
    assert.equal((await server.ended).code, 0);
    const [record] = await callsOf(await house.start(), numberId);
    assert.equal(record?.endedReason, 'customer-ended-call');
  });

  test('twice ends at once, without waiting for calls', async () => {
    const server = await house.start({ OFFHOOK_DRAIN_MS: '60000' });
    await numberWith(server, 'shop', { firstMessage: LONG_MESSAGE });
    const call = await greeted(server, 'shop');
    server.kill('SIGTERM');
    await until('the first signal is taken', () => /1 in progress/.test(server.stdout));
    await sleep(SLOWER_THAN_A_DOUBLE_SIGNAL_MS);
    server.kill('SIGTERM');
    const end = await server.ended;
    assert.equal(end.code, 1, 'calls were cut off: that is no clean end');
    assert.equal(call.end, undefined, 'nobody told the caller');
    await until('nothing left running', () => house.alive().length === 0, 5_000);
    // Somebody must answer the caller's BYE, or the telephone repeats it for 32 s (RFC 3261 timer F).
    await house.start({ OFFHOOK_SIP_PORT: String(server.sipPort) });
    await call.hangup();
  });
});

describe('npm start', () => {
  test('passes SIGTERM on, exits with 0 and leaves nothing running', async () => {
    const server = await house.startByNpm();
    server.kill('SIGTERM');
    const end = await server.ended;
    assert.equal(end.code, 0, end.stderr);
    assert.match(end.stdout, /SIGTERM: no new calls; 0 in progress/);
    assert.deepEqual(house.alive(), []);
  });

  test('takes one Ctrl-C, which it gets from the terminal and from npm, for one', async () => {
    const server = await house.startByNpm({ OFFHOOK_DRAIN_MS: '60000' });
    await numberWith(server, 'shop', { firstMessage: LONG_MESSAGE });
    const call = await greeted(server, 'shop');
    server.interruptGroup();
    await until('the signal is taken', () => /SIGINT: no new calls; 1 in progress/.test(server.stdout));
    await sleep(SLOWER_THAN_A_DOUBLE_SIGNAL_MS);
    assert.equal((await fetch(`${server.httpUrl}/health`)).status, 503, 'it drains');
    assert.equal(call.end, undefined, 'the call goes on');
    await call.hangup();
    assert.equal((await server.ended).code, 0);
    assert.deepEqual(house.alive(), []);
  });
});

describe('kill -9', () => {
  test('in the instant of the answer, after a store that was slow: the call has its record', async () => {
    const server = await house.start();
    const numberId = await numberWith(server, 'shop', { firstMessage: 'Hello.' });
    const disk = new DatabaseSync(join(house.dataDir, 'offhook.db'));
    disk.exec('begin immediate'); // whoever else writes waits
    const call = await phone.dial(server.uri('shop'));
    let isAnswered = false;
    const answered = call.answered.then(() => {
      isAnswered = true;
      server.kill('SIGKILL');
    });
    await until('180', () => call.provisionals.includes(180));
    await sleep(SLOW_DISK_MS);
    assert.equal(isAnswered, false);
    disk.exec('rollback');
    disk.close();
    await answered;
    assert.equal((await server.ended).signal, 'SIGKILL');
    const again = await house.start({ OFFHOOK_SIP_PORT: String(server.sipPort) });
    const [record, ...more] = await callsOf(again, numberId);
    assert.deepEqual(more, []);
    assert.equal(record?.status, 'ended');
    assert.equal(record?.endedReason, WORKER_DIED);
    await call.hangup();
  });

  test('with calls up: the next start closes each once, with what was said, and leaves no orphan', async (t) => {
    const { skip } = await withHearing();
    if (skip) return t.skip(skip);
    const server = await house.start();
    const greeting = 'Hello, this is the bakery.';
    const numberId = await numberWith(server, 'shop', {
      firstMessage: greeting,
      model: scripted(`Opening hours: ${HOURS}`),
    });
    const first = await greeted(server, 'shop');
    await first.nextSpurt(10_000);
    const answer = first.nextSpurt(20_000);
    await phone.say(first, 'What are your opening hours?');
    await answer;
    const second = await greeted(server, 'shop');
    await second.nextSpurt(10_000);
    await until('what was said is stored', async () => {
      const calls = await callsOf(server, numberId);
      return (
        calls.length === 2 && calls.every((call) => call.artifact.messages.some(({ role }) => role === 'bot'))
      );
    });
    assert.ok(
      house.alive().some((name) => name.startsWith('pocketsphinx')),
      'ears were running',
    );
    server.kill('SIGKILL');
    assert.equal((await server.ended).signal, 'SIGKILL');
    await until('no orphan', () => house.alive().length === 0, 10_000);

    const ports = { OFFHOOK_SIP_PORT: String(server.sipPort) };
    const again = await house.start(ports);
    const calls = await callsOf(again, numberId);
    assert.equal(calls.length, 2);
    for (const call of calls) {
      assert.equal(call.status, 'ended');
      assert.equal(call.endedReason, WORKER_DIED);
      assert.equal(call.endedBlame, 'exchange');
      assert.ok(call.endedAt);
      assert.equal(call.artifact.messages.find(({ role }) => role === 'bot')?.message, greeting);
    }
    const asked = calls.find((call) => call.artifact.messages.some(({ role }) => role === 'user'));
    assert.match(asked?.artifact.messages.at(-1)?.message ?? '', /seven to six/);
    await assertRecorded(asked?.artifact.stereoRecordingUrl);

    assert.equal(await byeTo(again.sipPort, first.callId), 481, 'the dialog died with the process');
    await Promise.all([first.hangup(), second.hangup()]);

    again.kill('SIGKILL');
    await again.ended;
    const http = { OFFHOOK_HTTP_PORT: new URL(again.httpUrl).port };
    const third = await house.start({ ...ports, ...http });
    assert.deepEqual(await callsOf(third, numberId), calls, 'a second restart changes nothing');
    for (const { id } of calls) {
      const { body } = await third.api('GET', `/admin/calls/${id}/timeline`);
      const { events } = body as { events: { type: string }[] };
      const ends = events.filter(({ type }) => type === 'call.ended');
      assert.equal(ends.length, 1, 'exactly one end');
    }
  });
});

/** Sends the BYE of a call's peer. @returns the status of its answer. */
async function byeTo(sipPort: number, callId: string): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const lines = [
    `BYE sip:127.0.0.1:${sipPort} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${callId};rport`,
    'Max-Forwards: 70',
    'From: <sip:phone@127.0.0.1>;tag=ours',
    'To: <sip:shop@127.0.0.1>;tag=yours',
    `Call-ID: ${callId}`,
    'CSeq: 9 BYE',
    'Content-Length: 0',
  ];
  socket.send(`${lines.join('\r\n')}\r\n\r\n`, sipPort, '127.0.0.1');
  try {
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
    return Number(answer.toString().split(' ')[1]);
  } finally {
    socket.close();
  }
}

/** A WAV whose header tells the truth about what is in it, and that holds some seconds. */
async function assertRecorded(url: string | undefined): Promise<void> {
  assert.ok(url, 'the recording is there');
  const response = await fetch(url, { headers: { authorization: `Bearer ${PROCESS_KEY}` } });
  assert.equal(response.status, 200);
  const wav = Buffer.from(await response.arrayBuffer());
  assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
  const dataBytes = wav.readUInt32LE(WAV_HEADER_BYTES - 4);
  assert.ok(dataBytes > 2_000 * WAV_BYTES_PER_MS, `${dataBytes} bytes of audio`);
  assert.ok(wav.length >= WAV_HEADER_BYTES + dataBytes);
}
