import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { needsPeer } from '../support/peers.ts';
import { type CallView, type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { runSipp, type SippOptions, type SippRun } from '../support/sipp.ts';
import { LONG_MESSAGE } from '../support/test-agents.ts';
import { until } from '../support/until.ts';

/** An answer is due within 200 ms; what a busy test machine may add must not fail the test. Figures: `npm run bench`. */
const ANSWER_LIMIT_MS = 1_000;
const CALLS_AT_ONCE = 20;
/** 64 * T1 and what the rest of a scenario takes, in milliseconds. */
const LOST_LIMIT_MS = 45_000;
const GREETING = { firstMessage: 'Hello, this is the bakery.' };
const FAREWELL = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
const BY_CALLER = 'customer-ended-call';
const BY_PHRASE = 'assistant-said-end-call-phrase';
const CREDENTIALS = { username: 'baker-of-the-interop-tests', password: 'correct-horse-battery-staple' };

interface Outcome {
  run: SippRun;
  numberId: string;
  /** The one call that the scenario made. */
  record: CallView;
}

let exchange: RunningExchange;
let dialled = 0;

/** Makes a number for this scenario alone, runs it, and awaits the end of the one call that it makes. */
async function call(
  options: Pick<SippOptions, 'scenario' | 'transport'> & Partial<SippOptions>,
  agent: object = GREETING,
): Promise<Outcome> {
  dialled += 1;
  const user = `line-${dialled}`;
  const { numberId } = await exchange.numberWith(user, agent);
  const run = await runSipp({ ...options, user, port: exchange.offhook.sipPort });
  const record = await exchange.endedCall(numberId);
  assert.equal((await callsTo(numberId)).length, 1);
  return { run, numberId, record };
}

function callsTo(numberId: string): Promise<CallView[]> {
  return exchange.api<CallView[]>('GET', `/call?phoneNumberId=${numberId}`);
}

function received({ messages }: SippRun, start: string) {
  return messages.filter(({ direction, text }) => direction === 'received' && text.startsWith(start));
}

function headers(text: string | undefined, name: string): string[] {
  const lines = (text ?? '').split(/\r?\n/);
  return lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
}

async function timelineOf({ id }: CallView, ...types: string[]) {
  return (await exchange.timeline(id)).filter(({ type }) => types.includes(type));
}

/** Scenarios of which nothing is to be seen but that they went as written, and who ended the call. */
const PLAIN: [scenario: string, title: string, agent: object, endedReason: string][] = [
  ['cancel-after-answer', 'a CANCEL that comes after the 200 changes nothing', GREETING, BY_CALLER],
  ['overlapping-late-offers', 'a re-INVITE while our offer is open gets 491', GREETING, BY_CALLER],
  ['unacceptable-reinvite', 'a re-INVITE without a codec of ours gets 488', GREETING, BY_CALLER],
  ['bye-before-ack', 'a BYE that comes before the ACK ends the call', GREETING, BY_CALLER],
  ['merged-request', 'a second copy of the INVITE on another path gets 482', GREETING, BY_CALLER],
  ['route-to-us', 'requests that carry a Route of ours are taken', GREETING, BY_CALLER],
  ['compact-headers', 'a phone that writes compact header names is understood', GREETING, BY_CALLER],
  [
    'behind-nat',
    'a caller behind a NAT is answered, and hung up on, where it sent from',
    FAREWELL,
    BY_PHRASE,
  ],
  ['agent-hangs-up', 'the agent hangs up', FAREWELL, BY_PHRASE],
];

function callsOver(transport: 'udp' | 'tcp'): void {
  for (const [scenario, title, agent, endedReason] of PLAIN) {
    test(`${title} over ${transport}`, async () => {
      const { record } = await call({ scenario, transport }, agent);
      assert.equal(record.endedReason, endedReason);
    });
  }

  test(`a call is answered at once and ended by the caller over ${transport}`, async () => {
    const { run, record } = await call({ scenario: 'caller-hangs-up', transport });
    assert.equal(record.endedReason, BY_CALLER);
    const [invite] = run.messages;
    const [answer] = received(run, 'SIP/2.0 200');
    assert.ok(invite && answer);
    const answerMs = answer.at - invite.at;
    assert.ok(answerMs < ANSWER_LIMIT_MS, `answered after ${answerMs} ms`);
  });

  test(`a copy of an answered INVITE brings the same answer and no second call over ${transport}`, async () => {
    const { run } = await call({ scenario: 'repeated-invite-answered', transport });
    const [first, ...copies] = received(run, 'SIP/2.0 200').filter(({ text }) => text.includes(' INVITE'));
    assert.ok(first && copies.length >= 1);
    for (const { text } of copies) assert.equal(text, first.text);
  });

  test(`an INVITE without SDP gets an offer, whose answer in the ACK settles the codec over ${transport}`, async () => {
    const { record } = await call({ scenario: 'late-offer', transport });
    assert.equal(record.endedReason, BY_CALLER);
    assert.equal(record.artifact.media?.codec, 'PCMA');
  });

  test(`a re-INVITE holds the call and another one resumes it over ${transport}`, async () => {
    const { record } = await call({ scenario: 'hold-and-resume', transport });
    const types = (await timelineOf(record, 'call.held', 'call.resumed')).map(({ type }) => type);
    assert.deepEqual(types, ['call.held', 'call.resumed']);
  });

  test(`a re-INVITE moves the agent's voice to another port over ${transport}`, async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    let packets = 0;
    socket.on('message', () => {
      packets += 1;
    });
    try {
      const keys = { moved: String(socket.address().port) };
      await call({ scenario: 'new-media-address', transport, keys }, { firstMessage: LONG_MESSAGE });
      assert.ok(packets > 10, `${packets} packets came to the new port`);
    } finally {
      socket.close();
    }
  });

  test(`keys that come by INFO are in the record over ${transport}`, async () => {
    const { record } = await call({ scenario: 'info-dtmf', transport });
    const digits = (await timelineOf(record, 'dtmf.received')).map(({ data }) => data.digit);
    assert.deepEqual(digits, ['4', '2', '#']);
    const keyed = record.artifact.messages.filter(({ inputMode }) => inputMode === 'dtmf');
    assert.deepEqual(
      keyed.map(({ role, message }) => [role, message]),
      [['user', '42#']],
    );
  });

  test(`Record-Route is copied, and our BYE takes that route over ${transport}`, async () => {
    const { run } = await call({ scenario: 'record-route', transport }, FAREWELL);
    const recorded = headers(run.messages[0]?.text, 'Record-Route');
    assert.equal(recorded.length, 2);
    assert.deepEqual(headers(received(run, 'SIP/2.0 200')[0]?.text, 'Record-Route'), recorded);
    const [bye] = received(run, 'BYE sip:caller@192.0.2.77:5999 SIP/2.0');
    assert.deepEqual(headers(bye?.text, 'Route').join(', ').split(', '), recorded);
  });

  test(`${CALLS_AT_ONCE} callers at once are all answered over ${transport}`, async () => {
    const user = `crowd-${transport}`;
    const { numberId } = await exchange.numberWith(user, GREETING);
    const port = exchange.offhook.sipPort;
    await runSipp({ scenario: 'caller-hangs-up', transport, user, port, calls: CALLS_AT_ONCE });
    const reasons = await until('all have ended', async () => {
      const calls = await callsTo(numberId);
      return calls.every(({ status }) => status === 'ended') && calls.map(({ endedReason }) => endedReason);
    });
    assert.deepEqual(reasons, Array(CALLS_AT_ONCE).fill(BY_CALLER));
  });

  test(`a number with a password takes the caller who knows it over ${transport}`, async () => {
    const user = `locked-${transport}`;
    const { numberId } = await exchange.numberWith(user, GREETING, {
      authentication: { realm: 'interop.test', ...CREDENTIALS },
    });
    const port = exchange.offhook.sipPort;
    const wrong = { ...CREDENTIALS, password: 'a-guess-that-is-not-right' };
    await runSipp({ scenario: 'digest-wrong-password', transport, user, port, credentials: wrong });
    assert.deepEqual(await callsTo(numberId), [], 'a wrong password makes no call');
    await runSipp({ scenario: 'digest', transport, user, port, credentials: CREDENTIALS });
    assert.equal((await exchange.endedCall(numberId)).endedReason, BY_CALLER);
  });
}

describe('calls of sipp', { concurrency: 8, ...needsPeer('sipp') }, () => {
  before(async () => {
    exchange = await startExchange();
  });
  after(() => exchange.stop());

  // The first two take the 32 s of 64 * T1; the others run beside them.
  test('an answer without an ACK is repeated, then the exchange gives up and says BYE', async () => {
    const { run, record } = await call({ scenario: 'lost-ack', transport: 'udp', limitMs: LOST_LIMIT_MS });
    assert.equal(received(run, 'SIP/2.0 200').length, 11);
    assert.equal(record.endedReason, 'call.ringing.error-sip-inbound-call-failed-to-connect');
  });

  test('a call whose caller has vanished ends although its BYE is never answered', async () => {
    const { numberId } = await exchange.numberWith('vanishing', FAREWELL);
    await runSipp({ scenario: 'caller-vanishes', user: 'vanishing', port: exchange.offhook.sipPort });
    assert.equal((await exchange.endedCall(numberId, LOST_LIMIT_MS)).endedReason, BY_PHRASE);
  });

  test('a call whose connection has broken ends at once when the agent hangs up', async () => {
    const { numberId } = await exchange.numberWith('broken', FAREWELL);
    const port = exchange.offhook.sipPort;
    await runSipp({ scenario: 'caller-vanishes', transport: 'tcp', user: 'broken', port });
    assert.equal((await exchange.endedCall(numberId)).endedReason, BY_PHRASE);
  });

  test('a silent caller is hung up on', async () => {
    const agent = { ...GREETING, silenceTimeoutSeconds: 5 };
    const { record } = await call({ scenario: 'agent-hangs-up', transport: 'udp' }, agent);
    assert.equal(record.endedReason, 'silence-timed-out');
  });

  test('a call that reaches its longest time is ended', async () => {
    const agent = { ...GREETING, maxDurationSeconds: 10 };
    const { record } = await call({ scenario: 'agent-hangs-up', transport: 'udp' }, agent);
    assert.equal(record.endedReason, 'exceeded-max-duration');
  });

  test('a datagram with a header of 33 KB is refused, and the next call is answered', async () => {
    const keys = { giant: 'x'.repeat(33_000) };
    const { record } = await call({ scenario: 'giant-header', transport: 'udp', keys });
    assert.equal(record.endedReason, BY_CALLER);
  });

  callsOver('udp');
  callsOver('tcp');
});
