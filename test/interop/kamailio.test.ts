import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DialledCall } from '../../src/phone/dialled-call.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { needsPeer } from '../support/peers.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { until } from '../support/until.ts';

/** Calls that are enough for the hash of their Call-ID to reach both of two nodes, but for one chance in a thousand. */
const CALLS = 12;
const DRAIN_MS = '20000';
const GREETING = { firstMessage: 'Hello, this is the bakery.' };
const FAREWELL = { firstMessage: 'Thank you, goodbye.', endCallPhrases: ['goodbye'] };
const SLOW = { ...GREETING, silenceTimeoutSeconds: 3_600 };

describe('behind Kamailio', needsPeer('kamailio'), () => {
  let nodes: RunningExchange[];
  let kamailio: Kamailio;
  let phone: TestPhone;

  before(async () => {
    nodes = await Promise.all(
      [0, 1].map(() => startExchange({ OFFHOOK_DRAIN_MS: DRAIN_MS, OFFHOOK_RTP_PORTS: '36600-36799' })),
    );
    for (const node of nodes) {
      await node.numberWith('bakery', GREETING);
      await node.numberWith('farewell', FAREWELL);
      await node.numberWith('slow', SLOW);
    }
    kamailio = await startKamailio(nodes.map(({ offhook }) => offhook.sipPort));
    phone = await openTestPhone();
  });
  after(async () => {
    await phone.close();
    await kamailio.close();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  const dial = (user: string, protocol: 'udp' | 'tcp' = 'udp') =>
    phone.dial(`sip:${user}@127.0.0.1:${kamailio.port}`, { protocol });
  const up = () => nodes.map(({ offhook }) => offhook.activeCalls);
  const quiet = () => until('both nodes have ended all calls', () => up().every((count) => count === 0));
  const hangUp = (calls: DialledCall[]) => Promise.all(calls.map((call) => call.hangup()));

  test('calls are spread over two nodes, are heard, and end where the caller hangs up', async () => {
    const calls = await Promise.all(
      Array.from({ length: CALLS }, (_, index) => dial('bakery', index % 2 === 0 ? 'udp' : 'tcp')),
    );
    const heard = calls.map((call) => new Promise<void>((resolve) => call.ear.started.on(() => resolve())));
    await Promise.all(calls.map((call) => call.answered));
    await Promise.all(heard);
    const [first = 0, second = 0] = up();
    assert.equal(first + second, CALLS);
    assert.ok(first > 0 && second > 0, `${first} and ${second} calls`);
    await hangUp(calls);
    await quiet();
  });

  for (const protocol of ['udp', 'tcp'] as const) {
    test(`the BYE of an agent finds its way back over ${protocol}`, async () => {
      const call = await dial('farewell', protocol);
      await call.answered;
      await call.whenEnded(15_000);
      assert.equal(call.end?.by, 'peer');
    });
  }

  test('a node that drains takes no new call, keeps the ones it has, and its callers go on to the other', async () => {
    await quiet();
    const calls = await Promise.all(Array.from({ length: CALLS }, () => dial('slow')));
    await Promise.all(calls.map((call) => call.answered));
    const [draining, other] = nodes as [RunningExchange, RunningExchange];
    const kept = draining.offhook.activeCalls;
    assert.ok(kept > 0);
    const stopped = draining.offhook.stop();
    const later = await Promise.all(Array.from({ length: CALLS }, () => dial('slow')));
    await Promise.all(later.map((call) => call.answered));
    assert.equal(draining.offhook.activeCalls, kept);
    assert.equal(draining.offhook.activeCalls + other.offhook.activeCalls, 2 * CALLS);
    assert.deepEqual(
      calls.filter((call) => call.end),
      [],
      'no call was lost',
    );
    await hangUp([...calls, ...later]);
    await stopped;
  });
});
