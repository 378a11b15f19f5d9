import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../lib/fake-clock.ts';
import { DecodeQueueFullError } from './decode-in-worker.ts';
import { createHoldAudio, HOLD_AUDIO_MAX_BYTES } from './hold-audio.ts';

/** First byte of a file that comes while the queue is full. */
const FULL = 9;
const URL = 'https://customer.example/hold.wav';

/** A server whose answers a test says, one after the other; what it was asked stands in `asked`. */
function setUp(...answers: (Response | Error)[]) {
  const clock = new FakeClock();
  const asked: (string | null)[] = [];
  const fetch = (async (_url: string, init: RequestInit) => {
    asked.push(new Headers(init.headers).get('if-none-match'));
    const answer = answers.shift();
    if (!answer) throw new Error('the server was not to be asked');
    if (answer instanceof Error) throw answer;
    return answer;
  }) as unknown as typeof globalThis.fetch;
  let decoded = 0;
  const decode = async (bytes: Uint8Array) => {
    decoded += 1;
    if (bytes[0] === 0) throw new Error('it is neither WAV nor MP3');
    if (bytes[0] === FULL && decoded === 1) throw new DecodeQueueFullError();
    return Int16Array.from(bytes);
  };
  const audio = createHoldAudio({ fetch, clock, decode });
  return { audio, clock, asked, decoded: () => decoded };
}

const reply = (values: number[], etag?: string) =>
  new Response(Uint8Array.from(values), etag === undefined ? {} : { headers: { etag } });
const notModified = () => new Response(null, { status: 304 });

describe('hold audio', () => {
  it('is fetched once for all who ask at a time, and played from memory after that', async () => {
    const { audio, asked, decoded } = setUp(reply([1, 2]));
    const [first, second] = await Promise.all([audio.load(URL), audio.load(URL)]);
    assert.deepEqual([...first], [1, 2]);
    assert.equal(await audio.load(URL), second);
    assert.deepEqual([asked.length, decoded()], [1, 1]);
  });

  it('is asked for again after five minutes, and kept where it has not changed', async () => {
    const { audio, clock, asked, decoded } = setUp(reply([1], '"v1"'), notModified(), reply([2], '"v2"'));
    const first = await audio.load(URL);
    clock.advance(300_000);
    assert.equal(await audio.load(URL), first);
    assert.equal(await audio.load(URL), first, 'and is fresh again');
    clock.advance(300_000);
    assert.deepEqual([...(await audio.load(URL))], [2]);
    assert.deepEqual(asked, [null, '"v1"', '"v1"']);
    assert.equal(decoded(), 2);
  });

  it('is tried again at once where it only had to wait for the files of others', async () => {
    const { audio } = setUp(reply([FULL]), reply([FULL]));
    await assert.rejects(audio.load(URL), /too many files/);
    assert.deepEqual([...(await audio.load(URL))], [FULL]);
  });

  it('is played as it was where its server fails later, and asked for again next time', async () => {
    const { audio, clock, asked } = setUp(reply([1], '"v1"'), new Error('refused'), reply([3]));
    await audio.load(URL);
    clock.advance(300_000);
    assert.deepEqual([...(await audio.load(URL))], [1]);
    assert.deepEqual([...(await audio.load(URL))], [3]);
    assert.equal(asked.length, 3);
  });

  it('says why it cannot be had, and is tried again after a minute', async () => {
    const { audio, clock, asked } = setUp(
      new Response('no', { status: 404 }),
      new Error('The address is private.'),
      reply([0]),
      new Response(new Uint8Array(HOLD_AUDIO_MAX_BYTES + 1)),
      reply([1]),
    );
    for (const words of [
      /answered 404/,
      /address is private/,
      /neither WAV nor MP3/,
      /more than 10485760 bytes/,
    ]) {
      const before = asked.length;
      await assert.rejects(audio.load(URL), words);
      clock.advance(59_999);
      await assert.rejects(audio.load(URL), words);
      assert.equal(asked.length, before + 1, 'nobody is asked within the minute');
      clock.advance(1);
    }
    assert.deepEqual([...(await audio.load(URL))], [1]);
  });
});
