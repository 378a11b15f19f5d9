import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { goertzel, rms } from '../../../test/support/tones.ts';
import { encodeG711, G711 } from '../../media/codecs/g711.ts';
import { decodeAudio } from './decode-audio.ts';
import { decodeInWorker } from './decode-in-worker.ts';
import { decodeMp3 } from './decode-mp3.ts';
import { decodeWave } from './decode-wave.ts';
import { mp3Padding } from './mp3-gapless.ts';
import { toLineRate } from './to-line-rate.ts';

const LIMIT_MS = 60_000;

const fixture = (name: string) => readFile(new URL(`../../../test/fixtures/${name}`, import.meta.url));

function sine(frequencyHz: number, sampleRateHz: number, durationMs: number): Int16Array {
  return Int16Array.from({ length: (sampleRateHz * durationMs) / 1000 }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * index) / sampleRateHz)),
  );
}

interface WaveParts {
  tag?: number;
  channels?: number;
  rate?: number;
  bits?: number;
  data: Uint8Array;
  before?: Buffer;
  extensible?: boolean;
}

function wave({
  tag = 1,
  channels = 1,
  rate = 8000,
  bits = 16,
  data,
  before,
  extensible,
}: WaveParts): Buffer {
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt16LE(bits, 14);
  if (extensible) format.writeUInt16LE(tag, 24);
  const chunk = (name: string, body: Uint8Array) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(body.length, 4);
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
  };
  const body = Buffer.concat([chunk('fmt ', format), before ?? Buffer.alloc(0), chunk('data', data)]);
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), body]);
}

const bytesOf = (samples: Int16Array) => new Uint8Array(samples.buffer.slice(0));

describe('a WAV of a customer', () => {
  it('is read as PCM of 8, 16 and 24 bits', () => {
    const samples = sine(1000, 8000, 100);
    const of8 = Uint8Array.from(samples, (sample) => (sample >> 8) + 128);
    const of24 = Buffer.alloc(samples.length * 3);
    samples.forEach((sample, index) => {
      of24.writeIntLE(sample * 256 + 17, index * 3, 3);
    });
    assert.deepEqual(decodeWave(wave({ data: bytesOf(samples) }), LIMIT_MS).samples, samples);
    assert.deepEqual(decodeWave(wave({ bits: 24, data: of24 }), LIMIT_MS).samples, samples);
    const coarse = decodeWave(wave({ bits: 8, data: of8 }), LIMIT_MS).samples;
    assert.ok(coarse.every((sample, index) => Math.abs(sample - (samples[index] as number)) <= 256));
  });

  it('is read as mu-law and A-law', () => {
    for (const [tag, law] of [
      [7, G711.PCMU],
      [6, G711.PCMA],
    ] as const) {
      const samples = sine(1000, 8000, 100);
      const data = Buffer.alloc(samples.length);
      encodeG711(law, samples, data, 0);
      const decoded = decodeWave(wave({ tag, bits: 8, data }), LIMIT_MS).samples;
      assert.ok(Math.abs(goertzel(decoded, 1000) - 8000) < 150);
    }
  });

  it('is mixed to one channel, whatever chunks lie before the audio, and in the extensible form', () => {
    const pairs = Int16Array.from([100, 300, -100, -300]);
    const list = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    for (const extensible of [true, false]) {
      const file = wave({ channels: 2, data: bytesOf(pairs), before: list, extensible });
      assert.deepEqual([...decodeWave(file, LIMIT_MS).samples], [200, -200]);
    }
  });

  it('is read as far as it goes where its length is not true, and no further than the limit', () => {
    const file = wave({ data: bytesOf(sine(1000, 8000, 100)) });
    file.writeUInt32LE(0xffffffff, file.length - 1600 - 4);
    assert.equal(decodeWave(file, LIMIT_MS).samples.length, 800);
    assert.equal(decodeWave(file, 50).samples.length, 400);
  });

  it('is refused in words where it is something else', () => {
    const data = new Uint8Array(16);
    for (const [file, words] of [
      [wave({ tag: 3, bits: 32, data }), /format 3 with 32 bits/],
      [wave({ tag: 1, bits: 12, data }), /format 1 with 12 bits/],
      [wave({ channels: 0, data }), /0 channels/],
      [wave({ channels: 9, data }), /9 channels/],
      [wave({ rate: 4_000_000_000, data }), /sample rate is 4000000000/],
      [wave({ data }).subarray(0, 30), /broken format/],
      [Buffer.from('RIFF\0\0\0\0WAVEdata\0\0\0\0'), /no format/],
      [Buffer.from('RIFF\0\0\0\0WAVE'), /no audio/],
      [wave({ data: new Uint8Array(0) }), /no audio/],
      [Buffer.from('<html>'), /neither WAV nor MP3/],
      [Buffer.alloc(0), /neither WAV nor MP3/],
    ] as const)
      assert.throws(() => decodeAudio(file), words);
  });
});

describe('the way to the rate of the line', () => {
  for (const rate of [6000, 11_025, 16_000, 22_050, 44_100, 48_000])
    it(`keeps a tone of ${rate} Hz, and the length`, () => {
      const out = toLineRate({ sampleRateHz: rate, samples: sine(1000, rate, 1000) });
      assert.ok(Math.abs(out.length - 8000) <= 1);
      assert.ok(Math.abs(goertzel(out, 1000) - 8000) < 100, String(goertzel(out, 1000)));
      assert.ok(Math.abs(rms(out) - 8000 / Math.SQRT2) < 60, 'there is nothing but the tone');
    });

  it('lets nothing fold back that a line cannot carry', () => {
    const out = toLineRate({ sampleRateHz: 48_000, samples: sine(5000, 48_000, 500) });
    assert.ok(rms(out) < 20, String(rms(out)));
  });

  it('joins the end of a loop with its start', () => {
    const out = toLineRate({ sampleRateHz: 16_000, samples: sine(500, 16_000, 200) });
    const loops = Int16Array.from([...out, ...out]);
    let jump = 0;
    for (let at = 1; at < loops.length; at += 1)
      jump = Math.max(jump, Math.abs((loops[at] as number) - (loops[at - 1] as number)));
    assert.ok(jump < 8000 * 2 * Math.PI * (500 / 8000) * 1.05, String(jump));
  });
});

describe('an MP3 of a customer', () => {
  for (const [name, sampleRateHz] of [
    ['tone-1000-hz-stereo-44100.mp3', 44_100],
    ['tone-1000-hz-mono-16000.mp3', 16_000],
  ] as const)
    it(`is decoded: ${name}`, async () => {
      const file = await fixture(name);
      const decoded = decodeMp3(file, LIMIT_MS);
      assert.equal(decoded.sampleRateHz, sampleRateHz);
      const line = decodeAudio(file);
      assert.ok(line.length >= 4000 && line.length < 5000, `${line.length} samples`);
      const middle = line.subarray(1600, 3200);
      assert.ok(Math.abs(goertzel(middle, 1000) - 8000) < 800, String(goertzel(middle, 1000)));
    });

  it('loses what its encoder added, and the frame that tells so', async () => {
    const plain = await fixture('tone-1000-hz-mono-16000.mp3');
    const whole = decodeMp3(plain, LIMIT_MS).samples.length;
    // A frame of 32 kbit/s at 16 kHz has 144 bytes; mono of MPEG 2 has 9 bytes of side information.
    const info = Buffer.alloc(144);
    plain.copy(info, 0, 0, 4);
    info.write('Info', 13, 'latin1');
    info.write('LAME3.100', 21, 'latin1');
    const [delay, padding] = [576, 1000];
    info.writeUIntBE((delay << 12) | padding, 42, 3);
    const tagged = Buffer.concat([info, plain]);
    assert.deepEqual(mp3Padding(tagged), { start: 576 + delay + 529, end: padding - 529 });
    const { samples } = decodeMp3(tagged, LIMIT_MS);
    assert.ok(Math.abs(samples.length - (whole - delay - padding)) <= 576, `${samples.length} of ${whole}`);
    const id3 = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x01\x00', 'latin1'), Buffer.alloc(128), tagged]);
    assert.deepEqual(mp3Padding(id3), mp3Padding(tagged));
    assert.equal(decodeMp3(id3, LIMIT_MS).samples.length, samples.length);
    assert.deepEqual(mp3Padding(plain), { start: 0, end: 0 });
    assert.deepEqual(mp3Padding(plain.subarray(0, 3)), { start: 0, end: 0 });
    assert.deepEqual(mp3Padding(tagged.subarray(0, 30)), { start: 576, end: 0 });
  });

  it('is decoded no further than the limit', async () => {
    const file = await fixture('tone-1000-hz-mono-16000.mp3');
    const long = Buffer.concat(Array.from({ length: 60 }, () => file));
    assert.ok(decodeMp3(long, 20_000).samples.length <= 20 * 16_000 + 576);
  });

  it('is refused where there is none in it', () => {
    assert.throws(() => decodeAudio(Buffer.concat([Buffer.from('ID3'), Buffer.alloc(2000)])), /no audio/);
  });

  it('that holds its decoder for ever costs a moment of one thread, and the next file has its turn', async () => {
    const file = await fixture('tone-1000-hz-stereo-44100.mp3');
    // Found by random changes of the file: with this byte of its first frame the decoder comes to no end.
    const broken = Buffer.from(file.subarray(0, 800));
    broken[6] = 63;
    const refused = assert.rejects(decodeInWorker(broken, 500), /takes too long/);
    const next = decodeInWorker(file);
    await refused;
    assert.deepEqual(await next, decodeAudio(file));
    await assert.rejects(decodeInWorker(Buffer.from('<html>')), /neither WAV nor MP3/);
  });

  it('is refused where eight wait already, and taken again when they have had their turn', async () => {
    const file = wave({ data: bytesOf(sine(1000, 8000, 100)) });
    const taken = Array.from({ length: 9 }, () => decodeInWorker(file));
    await assert.rejects(decodeInWorker(file), /too many files/);
    await Promise.all(taken);
    assert.equal((await decodeInWorker(file)).length, 800);
  });
});
