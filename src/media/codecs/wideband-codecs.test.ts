import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { goertzel, rms, tone } from '../../../test/support/tones.ts';
import { AUDIO_FORMATS, prepareCodec } from './audio-format.ts';
import { G722Decoder, G722Encoder } from './g722.ts';
import { Downsampler, Upsampler } from './half-band.ts';

const FRAME = 160;

/** A linear congruential generator, so that every run has the same noise. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A second each of noise, of silence and of full-scale square waves, at 16 kHz. */
function hardSignal(): Int16Array {
  const random = noise();
  return Int16Array.from({ length: 48_000 }, (_, i) => {
    if (i < 16_000) return Math.round((random() - 0.5) * 60_000);
    return i < 32_000 ? 0 : i % 100 < 50 ? 32_767 : -32_768;
  });
}

describe('G.722', () => {
  // The digests are of what another implementation makes of the same signal, bit by bit.
  it('encodes as others do', () => {
    const signal = hardSignal();
    const encoder = new G722Encoder();
    const octets = Uint8Array.from({ length: signal.length / 2 }, (_, i) =>
      encoder.encodePair(signal[2 * i] as number, signal[2 * i + 1] as number),
    );
    assert.equal(sha256(octets), '3cb1a82fcabc16a35cc713c44f7082e6fc2f1b1fcf30e2f3025dd11896904eff');
  });

  it('decodes as others do', () => {
    const signal = hardSignal().map((sample) => sample / 4);
    const encoder = new G722Encoder();
    const decoder = new G722Decoder();
    const out = new Int16Array(signal.length);
    for (let i = 0; i < signal.length; i += 2)
      decoder.decodePair(encoder.encodePair(signal[i] as number, signal[i + 1] as number), out, i);
    assert.equal(
      sha256(new Uint8Array(out.buffer)),
      '7c969cefc8ed5ca7ab82f9a1d4e16a65f0e3ee72c5926dff314653e673d6bfa4',
    );
  });

  it('stays within its range whatever octets come', () => {
    const random = noise();
    const decoder = new G722Decoder();
    const out = new Int16Array(2);
    let loudest = 0;
    for (let i = 0; i < 100_000; i += 1) {
      decoder.decodePair(Math.floor(random() * 256), out, 0);
      loudest = Math.max(loudest, Math.abs(out[0] as number));
    }
    assert.ok(loudest > 20_000, 'it is loud');
    // The predictor has not run away: silence is silent again.
    const silence = new G722Encoder();
    for (let i = 0; i < 8_000; i += 1) decoder.decodePair(silence.encodePair(0, 0), out, 0);
    assert.ok(Math.abs(out[0] as number) < 64, `${out[0]} after silence`);
  });
});

describe('the half-band filter', () => {
  const at16 = (hz: number) =>
    Int16Array.from({ length: 8_000 }, (_, i) =>
      Math.round(10_000 * Math.sin((2 * Math.PI * hz * i) / 16_000)),
    );
  const halved = (hz: number) => {
    const out = new Int16Array(4_000);
    new Downsampler(8_000).process(at16(hz), 8_000, out);
    return out.subarray(500);
  };

  it('keeps the band of speech and takes away what would fold into it', () => {
    for (const hz of [200, 1_000, 3_400]) {
      const level = goertzel(halved(hz), hz);
      assert.ok(level > 9_700 && level < 10_300, `${hz} Hz at ${level}`);
    }
    for (const hz of [4_700, 6_000, 7_500]) assert.ok(rms(halved(hz)) < 15, `${hz} Hz at ${rms(halved(hz))}`);
  });

  it('doubles the rate without an image above the band', () => {
    const out = new Int16Array(16_000);
    new Upsampler(8_000).process(tone(1_000, 1_000, 10_000), out);
    // In units of 8 kHz a tone at half its frequency.
    assert.ok(goertzel(out.subarray(1_000, 15_000), 500) > 9_800);
    assert.ok(goertzel(out.subarray(1_000, 15_000), 3_500) < 15);
  });

  it('joins its blocks as if they were one', () => {
    const whole = new Int16Array(1_600);
    new Upsampler(800).process(tone(700, 100), whole);
    const parts = new Int16Array(1_600);
    const upsampler = new Upsampler(FRAME);
    for (let i = 0; i < 800; i += FRAME)
      upsampler.process(tone(700, 100).subarray(i, i + FRAME), parts.subarray(2 * i));
    assert.deepEqual(parts, whole);
  });
});

describe('codecs of other rates', () => {
  before(async () => prepareCodec('opus'));

  for (const codec of ['G722', 'opus'] as const) {
    for (const frames of [1, 2, 3])
      it(`${codec} carries a tone in packets of ${frames} frames`, () => {
        const { createEncoder, createDecoder } = AUDIO_FORMATS[codec];
        const encoder = createEncoder();
        const decoder = createDecoder();
        const sent = tone(1_000, 1_200, 8_000);
        const heard = new Int16Array(sent.length);
        const bytes = new Uint8Array(600);
        const out = new Int16Array(960);
        for (let at = 0; at < sent.length; at += frames * FRAME) {
          const length = encoder.encode(sent.subarray(at, at + frames * FRAME), bytes, 12);
          assert.equal(decoder.decode(bytes, 12, length, out), frames * FRAME);
          heard.set(out.subarray(0, frames * FRAME), at);
        }
        const level = goertzel(heard.subarray(1_600), 1_000);
        assert.ok(level > 6_500 && level < 8_800, `level ${level}`);
        encoder.close();
        decoder.close();
      });
  }

  it('Opus repairs a lost packet from the copy in the next one, better than by guessing', () => {
    const { createEncoder, createDecoder } = AUDIO_FORMATS.opus;
    const encoder = createEncoder();
    const packets: Uint8Array[] = [];
    // A gliding tone: what came before does not tell what comes.
    const sent = Int16Array.from({ length: 50 * FRAME }, (_, i) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * (300 + i / 8) * i) / 8_000)),
    );
    for (let at = 0; at < sent.length; at += FRAME) {
      const bytes = new Uint8Array(480);
      packets.push(bytes.slice(0, encoder.encode(sent.subarray(at, at + FRAME), bytes, 0)));
    }
    const lossAt = 20;
    const play = (replace: 'nothing' | 'conceal' | 'recover') => {
      const decoder = createDecoder();
      const out = new Int16Array(960);
      let filled = new Int16Array(FRAME);
      packets.forEach((packet, i) => {
        if (i !== lossAt || replace === 'nothing') decoder.decode(packet, 0, packet.length, out);
        else if (replace === 'conceal') decoder.repair?.conceal(FRAME, out);
        else {
          const next = packets[i + 1] as Uint8Array;
          decoder.repair?.recover(next, 0, next.length, FRAME, out);
        }
        if (i === lossAt) filled = out.slice(0, FRAME);
      });
      decoder.close();
      return filled;
    };
    const whole = play('nothing');
    const errorOf = (filled: Int16Array) => rms(filled.map((sample, i) => sample - (whole[i] as number)));
    assert.ok(
      errorOf(play('recover')) < 0.5 * errorOf(play('conceal')),
      `${errorOf(play('recover'))} against ${errorOf(play('conceal'))}`,
    );
    encoder.close();
  });

  it('what is no packet is told, and the next good one is heard', () => {
    const { createEncoder, createDecoder } = AUDIO_FORMATS.opus;
    const encoder = createEncoder();
    const decoder = createDecoder();
    const bytes = new Uint8Array(600);
    const out = new Int16Array(960);
    assert.equal(decoder.decode(Uint8Array.of(0xff, 0xff, 0xff), 0, 3, out), -1);
    assert.equal(AUDIO_FORMATS.G722.createDecoder().decode(new Uint8Array(961), 0, 961, out), -1);
    assert.equal(decoder.decode(bytes, 0, encoder.encode(tone(500, 20), bytes, 0), out), FRAME);
    encoder.close();
    decoder.close();
  });
});
