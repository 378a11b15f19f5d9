import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hears } from '../support/hears.ts';
import { needsPeer } from '../support/peers.ts';
import { runSipp, startSippOperator } from '../support/sipp.ts';
import { tone } from '../support/tones.ts';
import { TransferScene } from '../support/transfer-scene.ts';

const PLAN = { mode: 'blind-transfer', sipVerb: 'dial' };

describe('sipp moves calls of the exchange', { concurrency: 2, ...needsPeer('sipp') }, () => {
  let scene: TransferScene;

  before(async () => {
    scene = await TransferScene.open();
  });
  after(() => scene.close());

  test('as an operator that refers the caller on, and hangs up when he is told 200', async (t) => {
    const colleague = await scene.operator(t, { does: 'answer', ringMs: 300 });
    const sipp = await startSippOperator({
      scenario: 'operator-refers',
      keys: { target: colleague.uri('colleague') },
    });
    const sipUri = `sip:operator@127.0.0.1:${sipp.port}`;
    const { caller, number } = await scene.transfer(t, { plan: PLAN, destination: { sipUri } });
    const taken = await colleague.call(10_000, 0);
    await taken.answered;
    await sipp.finished;
    const heard = hears(caller.media, 1500);
    taken.media.play(tone(1500, 1_000));
    await heard;
    await taken.hangup();
    await caller.whenEnded(5_000);
    const { artifact } = await number.ended();
    const { transfers } = artifact as unknown as { transfers: { by: string; outcome: string }[] };
    assert.deepEqual(
      transfers.map(({ by, outcome }) => `${by} ${outcome}`),
      ['agent connected', 'peer connected'],
    );
  });

  test('as somebody who takes the place of a caller', async (t) => {
    const { caller, number, atOperator } = await scene.transfer(t, { plan: PLAN });
    const desk = await atOperator();
    await scene.outcome(number, 'connected');
    await delay(200);
    await runSipp({
      scenario: 'takes-over',
      port: Number(scene.ringing.exchange.uri('anybody').split(':').at(-1)),
      user: 'anybody',
      keys: { replaces: await caller.replaces() },
    });
    assert.equal((await caller.whenEnded(5_000)).reason, 'SIP;cause=200;text="Replaced"');
    await desk.whenEnded(5_000);
    assert.equal((await number.ended()).endedReason, 'assistant-forwarded-call');
  });
});
