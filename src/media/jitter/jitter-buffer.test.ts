import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JitterBuffer, MAX_DELAY_SAMPLES } from './jitter-buffer.ts';

/** A stream whose samples tell their own place: 1, 2, 3 ... */
class Stream {
  readonly buffer = new JitterBuffer();
  readonly played: number[] = [];
  readonly #base: number;
  constructor(base = 0) {
    this.#base = base;
  }

  insert(from: number, count = 160): void {
    const samples = Int16Array.from({ length: count }, (_, i) => 1000 + ((from + i) % 20_000));
    this.buffer.insert((this.#base + from) >>> 0, samples, count, 0);
  }

  pull(): Int16Array {
    const out = new Int16Array(160);
    this.buffer.pull(out);
    this.played.push(...out);
    return out;
  }

  /** What was played from the first real sample on. */
  get sound(): number[] {
    return this.played.slice(this.played.findIndex((sample) => sample !== 0));
  }
}

function expected(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1000 + ((from + i) % 20_000));
}

describe('jitter buffer', () => {
  for (const size of [80, 160, 240, 320, 480])
    it(`plays packets of ${size / 8} ms unbroken, over the wrap of the timestamp`, () => {
      const stream = new Stream(0xfffffe00);
      let sent = 0;
      for (let tick = 1; tick <= 60; tick += 1) {
        for (; sent + size <= tick * 160; sent += size) stream.insert(sent, size);
        stream.pull();
      }
      const { sound } = stream;
      assert.ok(sound.length >= 160 * 54);
      assert.deepEqual(sound, expected(0, sound.length));
      assert.equal(stream.buffer.late, 0);
    });

  it('puts packets in order', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 40; packet += 2) {
      stream.insert((packet + 1) * 160);
      stream.insert(packet * 160);
      stream.pull();
      stream.pull();
    }
    assert.deepEqual(stream.sound.slice(0, 30 * 160), expected(0, 30 * 160));
  });

  it('covers a loss with the fading last frame, and goes on in time', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 20; packet += 1) {
      if (packet !== 10) stream.insert(packet * 160);
      stream.pull();
    }
    const { sound } = stream;
    const covered = sound.slice(10 * 160, 11 * 160);
    assert.ok((covered[0] as number) > 0.9 * (sound[9 * 160] as number));
    assert.ok((covered[159] as number) < 0.8 * (sound[10 * 160 - 1] as number));
    assert.deepEqual(sound.slice(11 * 160, 15 * 160), expected(11 * 160, 4 * 160));
  });

  it('covers a loss with no frame that is older than 192 ms', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 10; packet += 1) {
      stream.insert(packet * 160);
      stream.pull();
    }
    for (let packet = 10; packet < 24; packet += 1) {
      stream.insert(packet * 160, 80);
      stream.pull();
    }
    const { sound } = stream;
    const lost = (packet: number) => sound.slice(packet * 160 + 80, (packet + 1) * 160);
    assert.ok(lost(10).every((sample) => sample > 0));
    assert.ok(lost(17).every((sample) => sample > 0));
    assert.ok(lost(20).every((sample) => sample === 0));
  });

  it('falls silent 60 ms after the stream stopped', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 10; packet += 1) {
      stream.insert(packet * 160);
      stream.pull();
    }
    for (let i = 0; i < 5; i += 1) stream.pull();
    assert.ok(stream.pull().every((sample) => sample === 0));
  });

  it('waits for a packet that comes after its turn, so that later ones like it are in time', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 60; packet += 1) {
      // From packet 20 on everything comes 60 ms late.
      if (packet < 20) stream.insert(packet * 160);
      else if (packet >= 23) stream.insert((packet - 3) * 160);
      stream.pull();
    }
    assert.equal(stream.buffer.late, 0);
    const tail = stream.played.slice(-20 * 160);
    assert.deepEqual(tail, expected((tail[0] as number) - 1000, 20 * 160));
  });

  it('drops what comes after others of its time were played', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 12; packet += 1) {
      if (packet !== 5) stream.insert(packet * 160);
      stream.pull();
    }
    stream.insert(5 * 160);
    assert.equal(stream.buffer.late, 1);
  });

  it('never holds more than its bound, however much comes at once', () => {
    const stream = new Stream();
    stream.insert(0);
    for (let packet = 1; packet < 200; packet += 1) {
      stream.insert(packet * 160);
      assert.ok(stream.buffer.depth <= MAX_DELAY_SAMPLES + 160, `${stream.buffer.depth}`);
    }
  });

  it('gives back a delay that nothing needs any more, in silence first', () => {
    const buffer = new JitterBuffer();
    const out = new Int16Array(160);
    const silence = new Int16Array(160);
    for (let packet = 0; packet < 6; packet += 1) buffer.insert(packet * 160, silence, 160, 0);
    const before = buffer.depth;
    for (let packet = 6; packet < 400; packet += 1) {
      buffer.pull(out);
      buffer.insert(packet * 160, silence, 160, 0);
    }
    assert.ok(before >= 900 && buffer.depth <= 480, `${before} to ${buffer.depth}`);
  });

  it('follows a sender whose clock is 0.2 % fast or slow, ten times what telephones differ, without growing', () => {
    for (const pace of [0.998, 1.002]) {
      const stream = new Stream();
      let sent = 0;
      for (let tick = 0; tick < 10_000; tick += 1) {
        for (; sent * 160 <= tick * 160 * pace; sent += 1) stream.insert(sent * 160);
        stream.pull();
        assert.ok(stream.buffer.depth <= 800, `depth ${stream.buffer.depth} at tick ${tick}, pace ${pace}`);
      }
      assert.equal(stream.buffer.late, 0);
    }
  });

  it('is silent, not covering, while the sender pauses, and starts anew wherever his clock then stands', () => {
    const stream = new Stream();
    for (let packet = 0; packet < 10; packet += 1) {
      stream.insert(packet * 160);
      stream.pull();
    }
    stream.buffer.pause();
    stream.pull();
    stream.pull();
    assert.ok(stream.pull().every((sample) => sample === 0));
    stream.played.length = 0;
    for (let packet = 0; packet < 10; packet += 1) {
      stream.insert(9_000_000 + packet * 160);
      stream.pull();
    }
    assert.deepEqual(stream.sound.slice(0, 800), expected(9_000_000, 800));
  });

  it('is not moved by one packet far off, but by two that follow each other', () => {
    const stream = new Stream();
    const run = (from: number, to: number, base = 0) => {
      for (let packet = from; packet < to; packet += 1) {
        stream.insert(base + packet * 160);
        stream.pull();
      }
    };
    run(0, 10);
    stream.insert(5_000_000);
    assert.equal(stream.buffer.late, 1);
    run(10, 20);
    assert.deepEqual(stream.sound.slice(0, 18 * 160), expected(0, 18 * 160));
    stream.played.length = 0;
    run(0, 10, 7_000_000);
    assert.deepEqual(stream.played.slice(-800), expected((stream.played.at(-800) as number) - 1000, 800));
  });
});
