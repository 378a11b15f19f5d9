import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PhoneCall } from '../../src/phone/phone-call.ts';
import type { DialOptions } from '../../src/phone/telephone.ts';
import type { CryptoAttribute, SrtpSuite } from '../../src/sip/session/crypto-attribute.ts';
import { SrtpKeys } from '../../src/sip/session/srtp-keys.ts';
import { withHearing } from '../support/hearing.ts';
import { type RunningExchange, startExchange } from '../support/running-exchange.ts';
import { assistant, scripted } from '../support/test-agents.ts';
import { CA, CERT_PATH, KEY_PATH } from '../support/test-certificate.ts';
import { openTestPhone, type TestPhone } from '../support/test-phone.ts';
import { rms } from '../support/tones.ts';

const GREETING = 'Hello, this is the bakery.';
const HOURS = 'We are open from seven to six.';
const EXPECTED = [GREETING, HOURS];
const TLS_SETTINGS = { OFFHOOK_SIPS_PORT: '0', OFFHOOK_TLS_CERT: CERT_PATH, OFFHOOK_TLS_KEY: KEY_PATH };

/** Offers one suite only. */
class OneSuite extends SrtpKeys {
  readonly #suite: SrtpSuite;

  constructor(suite: SrtpSuite) {
    super();
    this.#suite = suite;
  }

  override offered(): CryptoAttribute[] {
    return super.offered().filter(({ suite }) => suite === this.#suite);
  }
}

/** Sends with other keys than it has offered. */
class WrongKeys extends SrtpKeys {
  override offered(): CryptoAttribute[] {
    return new SrtpKeys().offered();
  }
}

let exchange: RunningExchange;
let phone: TestPhone;

before(async () => {
  exchange = await startExchange(TLS_SETTINGS);
  phone = await openTestPhone({ ca: CA });
});

after(async () => {
  await phone.close();
  await exchange.stop();
});

const tlsUri = (user: string, { offhook } = exchange) => `sips:${user}@127.0.0.1:${offhook.sipsPort}`;

/** Frames of the next time in which the agent is heard. */
async function voicedFrames(call: PhoneCall, durationMs: number): Promise<number> {
  let count = 0;
  const stop = call.media.audio.on(({ samples }) => {
    if (rms(samples) > 300) count += 1;
  });
  await delay(durationMs);
  stop();
  return count;
}

/** A greeting, a question and its answer; both sides must have understood each other. */
async function converse(uri: string, user: string, options: Partial<DialOptions>) {
  const model = scripted(`Opening hours: ${HOURS}`);
  const { numberId } = await exchange.numberWith(user, assistant({ firstMessage: GREETING, model }));
  const call = await phone.dial(uri, options);
  await call.answered;
  const greeting = await phone.understand(await call.nextSpurt(10_000), EXPECTED);
  assert.match(greeting, /this is the bakery/);
  const answer = call.nextSpurt(30_000);
  await phone.say(call, 'What are your opening hours?');
  assert.match(await phone.understand(await answer, EXPECTED), /open from seven to six/);
  const stats = await call.hangup();
  const record = await exchange.endedCall(numberId);
  assert.equal(record.endedReason, 'customer-ended-call');
  return { stats, media: record.artifact.media };
}

describe('a spoken question is answered', { concurrency: 2 }, async () => {
  for (const codec of ['G722', 'opus'] as const)
    test(`over ${codec}`, await withHearing(), async () => {
      const { stats, media } = await converse(exchange.uri(codec), codec, { codecs: [codec, 'PCMU'] });
      assert.deepEqual([stats.codec, media?.codec], [codec, codec]);
      assert.equal(stats.srtp, undefined);
    });

  for (const suite of ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'] as const)
    test(`over TLS and SRTP with ${suite}`, await withHearing(), async () => {
      const user = suite.slice(-2);
      const options = { srtp: 'required' as const, srtpKeys: new OneSuite(suite) };
      const { stats, media } = await converse(tlsUri(`secure-${user}`), `secure-${user}`, options);
      assert.deepEqual(stats.srtp, { suite, authenticationFailures: 0, replayed: 0 });
      assert.deepEqual(media?.srtp, stats.srtp);
    });

  test('over TLS, SRTP and Opus at once', await withHearing(), async () => {
    const options = { srtp: 'required' as const, codecs: ['opus'] as const };
    const { stats } = await converse(tlsUri('secure-opus'), 'secure-opus', options);
    assert.equal(stats.codec, 'opus');
    assert.ok(stats.srtp);
  });
});

describe('SRTP', () => {
  test('under other keys than were offered is silence, which is counted, and the call stays up', async () => {
    const { numberId } = await exchange.numberWith('wrong-keys', assistant({ firstMessage: GREETING }));
    const options = { srtp: 'required' as const, srtpKeys: new WrongKeys() };
    const call = await phone.dial(tlsUri('wrong-keys'), options);
    await call.answered;
    await call.nextStart(10_000);
    await delay(2_000);
    assert.equal(call.end, undefined);
    assert.equal(
      (await call.hangup()).srtp?.authenticationFailures,
      0,
      'the other direction has its own key',
    );
    const { media } = (await exchange.endedCall(numberId)).artifact;
    assert.ok((media?.srtp?.authenticationFailures ?? 0) > 50, JSON.stringify(media));
    assert.equal(media?.received, 0);
  });

  test('is refused without TLS, where its keys could be read', async () => {
    await exchange.numberWith('in-the-clear', assistant({ firstMessage: GREETING }));
    const call = await phone.dial(exchange.uri('in-the-clear'), { srtp: 'required' });
    await assert.rejects(call.answered, { status: 488 });
  });

  test('is all that there is where the owner requires it', async () => {
    const strict = await startExchange({ ...TLS_SETTINGS, OFFHOOK_SRTP: 'required' });
    try {
      await strict.numberWith('strict', assistant({ firstMessage: GREETING }));
      for (const uri of [tlsUri('strict', strict), strict.uri('strict')]) {
        const call = await phone.dial(uri);
        await assert.rejects(call.answered, { status: 488 }, uri);
      }
      const call = await phone.dial(tlsUri('strict', strict), { srtp: 'required' });
      await call.answered;
      await call.nextStart(10_000);
      assert.ok((await call.hangup()).srtp);
    } finally {
      await strict.stop();
    }
  });
});

describe('in a call', () => {
  test('the codec is changed, and the call held and resumed, over SRTP', async () => {
    const slow = Array.from({ length: 12 }, () => GREETING).join(' ');
    const { numberId } = await exchange.numberWith('changing', assistant({ firstMessage: slow }));
    const call = await phone.dial(tlsUri('changing'), { srtp: 'required', codecs: ['PCMU'] });
    await call.answered;
    await call.nextStart(10_000);
    for (const codec of ['opus', 'G722', 'PCMA'] as const) {
      await call.changeCodecs([codec]);
      const voiced = await voicedFrames(call, 1_000);
      assert.ok(voiced > 20, `${voiced} of 50 frames are voiced over ${codec}`);
      assert.equal((await call.media.stats()).codec, codec);
    }
    await call.hold();
    await call.resume();
    const voiced = await voicedFrames(call, 1_000);
    assert.ok(voiced > 20, `${voiced} of 50 frames are voiced after the hold`);
    const { srtp, lost } = await call.hangup();
    assert.deepEqual([srtp?.authenticationFailures, srtp?.replayed, lost], [0, 0, 0]);
    const { media } = (await exchange.endedCall(numberId)).artifact;
    assert.equal(media?.codec, 'PCMA');
  });
});
