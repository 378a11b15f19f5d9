import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LossyRelay } from '../../test/support/lossy-relay.ts';
import { isFree, listenTo, loopbackParams, toneMs } from '../../test/support/media-line.ts';
import { rms, tone } from '../../test/support/tones.ts';
import { until } from '../../test/support/until.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMediaPool } from './media-pool.ts';
import type { MediaPool } from './media-session.ts';

const HOST = '127.0.0.1';
const PORTS = { from: 34_400, to: 34_403 } as const;
const LOSS = 0.03;
const SPOKEN_MS = 6_000;

describe('bridges over a bad line, and many of them', () => {
  let pool: MediaPool;
  let phones: MediaPool;
  before(() => {
    // Two pairs of ports: one bridge that keeps a port leaves none for the next.
    pool = createMediaPool({ workers: 2, ports: PORTS, logger: silentLogger });
    phones = createMediaPool({ workers: 1, ports: { from: 34_410, to: 34_419 }, logger: silentLogger });
  });
  after(() => Promise.all([pool.close(), phones.close()]));

  it('carry speech and each key once through 3 % loss on the line of either side', async () => {
    const open = (media: MediaPool) => media.createSession({ bindAddress: HOST });
    const [a, b, alice, bob] = await Promise.all([open(pool), open(pool), open(phones), open(phones)]);
    const relays = await Promise.all([
      LossyRelay.open([alice.localPort, a.localPort], LOSS, 11),
      LossyRelay.open([bob.localPort, b.localPort], LOSS, 23),
    ]);
    for (const [phone, line, relay] of [
      [alice, a, relays[0]],
      [bob, b, relays[1]],
    ] as const) {
      phone.configure(loopbackParams(relay.ports[0]));
      line.configure(loopbackParams(relay.ports[1]));
    }
    const bridge = a.bridge(b);
    const keys: string[] = [];
    bob.dtmf.on(({ digit }) => keys.push(digit));
    const atBob = listenTo(bob);
    alice.play(tone(600, SPOKEN_MS));
    alice.sendDtmf('147');
    await delay(SPOKEN_MS);
    await until('the keys are heard', () => keys.length >= 3);
    const heard = atBob();
    const share = toneMs(heard, 600) / SPOKEN_MS;
    // Twice 3 % are lost on the way; what covers a loss is the tone going on.
    assert.ok(share > 0.93, `${share} of the speech is heard`);
    const first = heard.findIndex((sample) => Math.abs(sample) > 4000);
    const speech = heard.subarray(first, first + (SPOKEN_MS - 500) * 8);
    let longestMs = 0;
    let silentMs = 0;
    for (let at = 0; at + 160 <= speech.length; at += 160) {
      silentMs = rms(speech.subarray(at, at + 160)) < 500 ? silentMs + 20 : 0;
      longestMs = Math.max(longestMs, silentMs);
    }
    assert.ok(longestMs <= 60, `${longestMs} ms of silence amid the speech`);
    assert.deepEqual(keys, ['1', '4', '7']);
    for (const relay of relays) assert.ok(relay.lost > 5 && relay.passed > 300, `${relay.lost} lost`);
    bridge.close();
    await Promise.all([a, b, alice, bob].map((media) => media.close()));
    await Promise.all(relays.map((relay) => relay.close()));
  });

  it('leave no port, session or thread of theirs behind, 200 in a row', async () => {
    const small = createMediaPool({
      workers: 2,
      ports: { from: 34_420, to: 34_449 },
      logger: silentLogger,
    });
    const resources = () => process.getActiveResourcesInfo().length;
    const warm = await small.createSession({ bindAddress: HOST });
    await warm.close();
    const before = resources();
    for (let count = 0; count < 200; count += 1) {
      const a = await small.createSession({ bindAddress: HOST });
      // By turns in one worker and in two, and ended by the bridge, by either session or by all at once.
      const b = await small.createSession({ bindAddress: HOST, ...(count % 2 === 0 && { near: a }) });
      a.configure(loopbackParams(b.localPort));
      b.configure(loopbackParams(a.localPort));
      const bridge = a.bridge(b, { conference: count % 3 === 0 });
      if (count % 4 === 0) bridge.close();
      if (count % 4 === 1) await a.close();
      if (count % 4 === 2) await b.close();
      await Promise.all([a.close(), b.close()]);
      bridge.close();
    }
    assert.equal(small.activeCount, 0);
    assert.ok(resources() <= before, `${resources()} handles, ${before} before`);
    for (const port of [34_420, 34_421, 34_430, 34_448]) assert.ok(await isFree(port), `port ${port}`);
    const closedAt = performance.now();
    await small.close();
    // A worker that something keeps alive is ended by force after two seconds.
    assert.ok(performance.now() - closedAt < 1_500, 'the workers end by themselves');
  });
});
