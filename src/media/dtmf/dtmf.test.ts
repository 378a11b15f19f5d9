import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goertzel } from '../../../test/support/tones.ts';
import { DTMF_KEYS, dtmfCode, writeDtmfEvent } from './dtmf-event.ts';
import { DtmfReceiver, MISSING_END_MS, type PressedKey } from './dtmf-receiver.ts';
import { DtmfSender } from './dtmf-sender.ts';
import { dtmfFrequencies, writeDtmfTone } from './dtmf-tone.ts';

function receiver() {
  const keys: PressedKey[] = [];
  const dtmf = new DtmfReceiver((key) => keys.push(key));
  const packet = new Uint8Array(4);
  const take = (code: number, timestamp: number, duration: number, end: boolean, nowMs: number) => {
    writeDtmfEvent(packet, 0, code, end, duration);
    dtmf.receive(packet, 0, 4, timestamp, nowMs);
  };
  return { keys, dtmf, take };
}

describe('telephone-events received', () => {
  it('are one key however often start and end are repeated', () => {
    const { keys, take } = receiver();
    for (let i = 1; i <= 5; i += 1) take(5, 1000, i * 160, false, i * 20);
    for (let i = 0; i < 3; i += 1) take(5, 1000, 800, true, 120 + i * 20);
    take(5, 1000, 480, false, 200);
    assert.deepEqual(keys, [{ digit: '5', durationMs: 100 }]);
  });

  it('are the same key twice where the timestamp is another', () => {
    const { keys, take } = receiver();
    take(1, 0xffffff00, 800, true, 0);
    take(1, 0x100, 800, true, 100);
    assert.deepEqual(
      keys.map((key) => key.digit),
      ['1', '1'],
    );
  });

  it('end by themselves when the end was lost, or when the next begins', () => {
    const { keys, dtmf, take } = receiver();
    take(10, 1000, 320, false, 0);
    dtmf.expire(MISSING_END_MS - 1);
    assert.equal(keys.length, 0);
    dtmf.expire(MISSING_END_MS);
    assert.deepEqual(keys, [{ digit: '*', durationMs: 40 }]);
    take(11, 5000, 160, false, 500);
    take(0, 6000, 160, false, 600);
    dtmf.reset();
    assert.deepEqual(
      keys.map((key) => key.digit),
      ['*', '#', '0'],
    );
  });

  it('are told from a packet of an older key that comes late', () => {
    const { keys, take } = receiver();
    take(1, 1000, 800, true, 0);
    take(2, 3000, 160, false, 50);
    take(1, 1000, 800, true, 60);
    take(2, 3000, 800, true, 150);
    assert.deepEqual(
      keys.map((key) => key.digit),
      ['1', '2'],
    );
  });

  it('may last longer than one segment', () => {
    const { keys, take } = receiver();
    take(3, 1000, 0xffff, false, 0);
    take(3, 1000 + 0xffff, 160, false, 20);
    take(3, 1000 + 0xffff, 480, true, 60);
    assert.deepEqual(keys, [{ digit: '3', durationMs: Math.round((0xffff + 480) / 8) }]);
  });

  it('are no key when they are a flash, or too short', () => {
    const { keys, dtmf, take } = receiver();
    take(16, 1000, 800, true, 0);
    dtmf.receive(new Uint8Array([1, 0x80, 3]), 0, 3, 2000, 0);
    assert.deepEqual(keys, []);
  });
});

describe('telephone-events sent', () => {
  it('grow, end three times, and pause', () => {
    const sender = new DtmfSender();
    sender.start({ code: 7, durationMs: 60, gapMs: 100 });
    const steps: string[] = [];
    while (sender.isActive)
      steps.push(
        [sender.step(), sender.duration, sender.first && 'first', sender.end && 'end']
          .filter(Boolean)
          .join(' '),
      );
    assert.deepEqual(steps, [
      'down 1 first',
      'down 2',
      'down 3 end',
      'released 3 end',
      'released 3 end',
      'gap 3 end',
      'gap 3 end',
      'gap 3 end',
    ]);
  });

  it('are refused for what is no key', () => {
    for (const key of ['', 'E', '12', ' ']) assert.throws(() => dtmfCode(key), RangeError);
    assert.equal(dtmfCode('d'), 15);
  });

  it('are tones of their two frequencies for peers that know no events', () => {
    assert.deepEqual(dtmfFrequencies(dtmfCode('5')), [770, 1336]);
    assert.deepEqual(dtmfFrequencies(dtmfCode('#')), [941, 1477]);
    const seen = new Set<string>();
    for (const key of DTMF_KEYS) {
      const code = dtmfCode(key);
      const out = new Int16Array(800);
      writeDtmfTone(out, code, 0);
      for (const frequency of dtmfFrequencies(code)) assert.ok(goertzel(out, frequency) > 5000);
      seen.add(dtmfFrequencies(code).join());
    }
    assert.equal(seen.size, 16);
  });
});
