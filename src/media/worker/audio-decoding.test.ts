import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { goertzel, joinSamples, rms, tone } from '../../../test/support/tones.ts';
import { AUDIO_FORMATS, prepareCodec } from '../codecs/audio-format.ts';
import { JitterBuffer } from '../jitter/jitter-buffer.ts';
import type { AudioCodec } from '../media-session.ts';
import { Reception } from '../rtp/reception.ts';
import { newRtpPacket } from '../rtp/rtp-packet.ts';
import { TimestampScale } from '../rtp/timestamp-scale.ts';
import { AudioDecoding } from './audio-decoding.ts';

const FRAME = 160;
const PACKETS = 60;

/** Plays a tone through a codec; `order` says for each 20 ms which packets come then. */
function hear(codec: AudioCodec, order: (index: number) => number[]) {
  const { createEncoder, ticksPerSample } = AUDIO_FORMATS[codec];
  const encoder = createEncoder();
  const sent = tone(700, PACKETS * 20, 8_000);
  const payloads = Array.from({ length: PACKETS }, (_, i) => {
    const bytes = new Uint8Array(600);
    return bytes.slice(0, encoder.encode(sent.subarray(i * FRAME, (i + 1) * FRAME), bytes, 0));
  });
  encoder.close();
  const jitter = new JitterBuffer();
  const scale = new TimestampScale();
  scale.configure(ticksPerSample);
  const decoding = new AudioDecoding(codec, { jitter, reception: new Reception(), scale });
  const frames: Int16Array[] = [];
  for (let tick = 0; tick < PACKETS; tick += 1) {
    for (const index of order(tick)) {
      const payload = payloads[index] as Uint8Array;
      const packet = newRtpPacket();
      packet.sequence = (65_520 + index) & 0xffff;
      packet.timestamp = (0xffff_f000 + index * FRAME * ticksPerSample) >>> 0;
      packet.payloadLength = payload.length;
      assert.ok(decoding.take(packet, payload, tick * 20));
    }
    const frame = new Int16Array(FRAME);
    decoding.settle();
    jitter.pull(frame);
    frames.push(frame);
  }
  decoding.close();
  return { heard: joinSamples(frames), frames, late: jitter.late };
}

describe('decoding in order', () => {
  before(async () => prepareCodec('opus'));

  for (const codec of ['G722', 'opus'] as const) {
    it(`${codec}: neighbours that change places are heard as if they had not`, () => {
      const straight = hear(codec, (index) => [index]);
      const swapped = hear(codec, (index) => {
        if (index === 30) return [];
        return index === 31 ? [31, 30] : [index];
      });
      assert.deepEqual(swapped.heard, straight.heard);
      assert.equal(swapped.late, 0);
    });

    it(`${codec}: a loss is covered, and what follows is heard`, () => {
      const { heard, frames } = hear(codec, (index) => (index === 30 ? [] : [index]));
      const level = goertzel(heard.subarray(36 * FRAME, 58 * FRAME), 700);
      assert.ok(level > 6_500, `level ${level}`);
      const quietest = Math.min(...frames.slice(10, 58).map(rms));
      assert.ok(quietest > 2_000, `no hole: ${quietest}`);
    });
  }

  it('a packet that comes after its turn was given up is late, and disturbs nothing', () => {
    const { late, frames } = hear('opus', (index) => {
      if (index === 30) return [];
      return index === 35 ? [35, 30] : [index];
    });
    assert.equal(late, 1);
    assert.ok(Math.min(...frames.slice(40, 58).map(rms)) > 4_000);
  });

  it('G.711 is decoded as it comes', () => {
    const straight = hear('PCMU', (index) => [index]);
    const swapped = hear('PCMU', (index) => {
      if (index === 30) return [31];
      return index === 31 ? [30] : [index];
    });
    assert.deepEqual(swapped.heard, straight.heard);
  });
});

describe('timestamps in samples', () => {
  it('of a clock of 48000 go on over the turn of the counter', () => {
    const scale = new TimestampScale();
    scale.configure(6);
    const start = 0xffff_ff00;
    const first = scale.toSamples(start, undefined);
    for (let packet = 1; packet < 2_000_000; packet += 997)
      assert.equal(
        (scale.toSamples((start + packet * 960) >>> 0, undefined) - first) >>> 0,
        (packet * 160) >>> 0,
      );
  });

  it('go on where the audio of another clock ended', () => {
    const scale = new TimestampScale();
    assert.equal(scale.toSamples(5_000, undefined), 5_000);
    scale.configure(6);
    assert.equal(scale.toSamples(1_000_000, 5_160), 5_160);
    assert.equal(scale.toSamples(1_000_960, 5_320), 5_320);
    scale.configure(1);
    assert.equal(scale.toSamples(77, 5_480), 5_480);
  });
});
