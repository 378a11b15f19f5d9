import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { hears } from '../../test/support/hears.ts';
import { CA, CERT, KEY } from '../../test/support/test-certificate.ts';
import { tone } from '../../test/support/tones.ts';
import { until } from '../../test/support/until.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from '../media/media-pool.ts';
import type { MediaPool } from '../media/media-session.ts';
import { Callee } from './callee.ts';
import { Telephone } from './telephone.ts';

const HOST = '127.0.0.1';
const LIMIT_MS = 5_000;

describe('a telephone that is called', () => {
  let media: MediaPool;
  let phone: Telephone;
  let callee: Callee;

  before(async () => {
    media = createMediaPool({ workers: 1, ports: { from: 33_000, to: 33_199 }, logger: silentLogger });
    phone = await Telephone.open({ bindAddress: HOST, media, logger: silentLogger });
    callee = await Callee.open({
      bindAddress: HOST,
      media,
      logger: silentLogger,
      manner: { does: 'answer' },
    });
  });
  afterEach(() => {
    callee.calls.length = 0;
  });
  after(async () => {
    await Promise.all([callee.close(), phone.close()]);
    await media.close();
  });

  it('rings, answers after its time, hears and speaks, and is told how the call ended', async () => {
    callee.manner = { does: 'answer', ringMs: 200 };
    const call = await phone.dial({ uri: callee.uri('desk'), headers: [{ name: 'X-Case', value: '7' }] });
    const taken = await callee.call(LIMIT_MS, 0);
    assert.equal(taken.header('x-case'), '7');
    await Promise.all([call.answered, taken.answered]);
    assert.ok(call.provisionals.includes(180));
    const heard = Promise.all([hears(call.media, 600), hears(taken.media, 1500)]);
    taken.media.play(tone(600, 400));
    call.media.play(tone(1500, 400));
    await heard;
    await taken.hangup();
    assert.equal((await call.whenEnded(LIMIT_MS)).by, 'peer');
    await call.hangup();
  });

  it('is called over TLS with SRTP, and the caller changes the codec', async () => {
    const secure = { bindAddress: HOST, media, logger: silentLogger };
    const desk = await Callee.open({
      ...secure,
      manner: { does: 'answer' },
      codecs: ['opus', 'G722'],
      srtp: 'required',
      tls: { cert: CERT, key: KEY },
    });
    const caller = await Telephone.open({ ...secure, ca: CA });
    const call = await caller.dial({ uri: desk.tlsUri(), srtp: 'required', codecs: ['opus'] });
    const taken = await desk.call(LIMIT_MS, 0);
    await Promise.all([call.answered, taken.answered]);
    for (const codec of ['opus', 'G722'] as const) {
      if (codec !== 'opus') await call.changeCodecs([codec]);
      const heard = Promise.all([hears(call.media, 600), hears(taken.media, 1500)]);
      taken.media.play(tone(600, 400));
      call.media.play(tone(1500, 400));
      await heard;
      const { codec: used, srtp } = await taken.media.stats();
      assert.equal(used, codec);
      assert.equal(srtp?.authenticationFailures, 0);
    }
    await call.hangup();
    await Promise.all([caller.close(), desk.close()]);
  });

  it('is heard before it answers', async () => {
    callee.manner = { does: 'speak-early' };
    const call = await phone.dial({ uri: callee.uri() });
    const taken = await callee.call(LIMIT_MS, 0);
    taken.media.play(tone(600, 600));
    await hears(call.media, 600);
    assert.ok(call.hasEarlyMedia);
    await Promise.all([taken.answer(), call.answered]);
    taken.media.play(tone(1500, 400));
    await hears(call.media, 1500);
    await call.hangup();
  });

  it('refuses with the status and headers that it is told', async () => {
    callee.manner = {
      does: 'refuse',
      status: 302,
      headers: [{ name: 'Contact', value: '<sip:other@127.0.0.1>' }],
    };
    const call = await phone.dial({ uri: callee.uri() });
    await assert.rejects(call.answered, { status: 302 });
    await assert.rejects((await callee.call(LIMIT_MS, 0)).answered, { status: 302 });
  });

  it('refuses an offer of which it can use nothing, whether it is to answer or to speak early', async () => {
    for (const manner of [{ does: 'answer' }, { does: 'speak-early' }] as const) {
      callee.manner = manner;
      callee.calls.length = 0;
      const call = await phone.dial({ uri: callee.uri(), codecs: ['opus'] });
      const taken = await callee.call(LIMIT_MS, 0);
      assert.equal((await taken.whenEnded(LIMIT_MS)).status, 488);
      await assert.rejects(taken.answered, { status: 488 });
      await assert.rejects(call.answered, { status: 488 });
    }
  });

  it('rings until the caller gives up', async () => {
    callee.manner = { does: 'ring' };
    const call = await phone.dial({ uri: callee.uri() });
    const taken = await callee.call(LIMIT_MS, 0);
    await until('it rings', () => call.provisionals.includes(180));
    call.cancel();
    await assert.rejects(call.answered, { status: 487 });
    assert.equal((await taken.whenEnded(LIMIT_MS)).cancelled, true);
  });
});
