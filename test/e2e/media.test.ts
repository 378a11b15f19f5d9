import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DialOptions } from '../../src/phone/telephone.ts';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';

const GREETING = 'Hello, this is the bakery.';
const HOURS = 'We are open from seven to six.';
const EXPECTED = [GREETING, HOURS];

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

/** A greeting, a question and its answer; both sides must have understood each other. */
async function converse(user: string, options: Partial<DialOptions>) {
  const model = scripted(`Opening hours: ${HOURS}`);
  const { numberId } = await exchange.numberWith(user, assistant({ firstMessage: GREETING, model }));
  const call = await phone.dial(exchange.uri(user), options);
  await call.answered;
  const greeting = await phone.understand(await call.nextSpurt(10_000), EXPECTED);
  assert.match(greeting, /this is the bakery/);
  const answer = call.nextSpurt(30_000);
  await phone.say(call, 'What are your opening hours?');
  assert.match(await phone.understand(await answer, EXPECTED), /open from seven to six/);
  const framesHeard = call.ear.frameCount;
  const stats = await call.hangup();
  const record = await exchange.endedCall(numberId);
  assert.equal(record.endedReason, 'customer-ended-call');
  return { stats, heardMs: framesHeard * 20, media: record.artifact.media };
}

describe('a spoken question is answered', { concurrency: true }, async () => {
  test('over PCMA, where the telephone offers nothing else', await withHearing(), async () => {
    const { stats, media } = await converse('alaw', { codecs: ['PCMA'] });
    assert.equal(stats.codec, 'PCMA');
    assert.equal(media?.codec, 'PCMA');
  });

  test('in packets of 40 ms, where the telephone asks for them', await withHearing(), async () => {
    const { stats, heardMs } = await converse('slow-packets', { ptimeMs: 40 });
    const packetMs = heardMs / stats.received;
    assert.ok(packetMs > 37 && packetMs < 43, `one packet for ${packetMs} ms`);
  });

  test(
    'in packets of 20 ms, where the telephone asks for 30: a packet holds whole frames',
    await withHearing(),
    async () => {
      const { stats, heardMs } = await converse('uneven-packets', { ptimeMs: 30 });
      const packetMs = heardMs / stats.received;
      assert.ok(packetMs > 18 && packetMs < 22, `one packet for ${packetMs} ms`);
    },
  );

  test('over TCP signalling', await withHearing(), async () => {
    const { media } = await converse('streamed', { protocol: 'tcp' });
    assert.equal(media?.codec, 'PCMU');
  });

  test(
    'with a late offer: the exchange offers in its 200, the telephone answers in its ACK',
    await withHearing(),
    async () => {
      const { media } = await converse('late', { lateOffer: true, codecs: ['PCMA'] });
      assert.equal(media?.codec, 'PCMA');
    },
  );
});
