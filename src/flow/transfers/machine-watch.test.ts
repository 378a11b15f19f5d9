import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { FakeMedia } from '../../../test/support/fake-leg.ts';
import { advance, FakeTranscriber, fakeVad } from '../../../test/support/fake-voice.ts';
import { tone } from '../../../test/support/tones.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { VadFactory } from '../../voice/vad/contract.ts';
import { unlessMachine } from './machine-watch.ts';

const FRAME = 160;
const TAKEN = { taken: true } as const;

let clock: FakeClock;
let media: FakeMedia;
let warnings: string[];

beforeEach(() => {
  clock = new FakeClock();
  media = new FakeMedia(clock, {});
  warnings = [];
});

/** Works with whoever has answered for two seconds, or until a machine shows itself. */
function watch(transcriber: FakeTranscriber, vad: VadFactory, type: 'audio' | 'transcript' = 'transcript') {
  const options = {
    type,
    media: media as unknown as MediaSession,
    vad,
    transcriber,
    language: 'en',
    clock,
    signal: new AbortController().signal,
    warn: (problem: string) => warnings.push(problem),
  };
  return unlessMachine(options, async (signal) => {
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, 2_000);
      signal.addEventListener('abort', () => resolve());
    });
    return TAKEN;
  });
}

describe('a machine that answers a transfer', () => {
  it('is told by its words', async () => {
    const transcriber = new FakeTranscriber({ clock, texts: ['Please leave a message after the tone.'] });
    const verdict = watch(transcriber, fakeVad);
    await advance(clock, 100);
    media.speak(600);
    await advance(clock, 1_500);
    assert.equal((await verdict).taken, false);
    assert.equal(transcriber.stream.closed, true);
  });

  const noDetector = async () => {
    throw new Error('no detector');
  };

  it('is told by its beep alone, with a warning, where its speech cannot be found', async () => {
    const transcriber = new FakeTranscriber({ clock });
    const verdict = watch(transcriber, noDetector, 'audio');
    await advance(clock, 100);
    const beep = new Int16Array(FRAME * 40);
    beep.set(tone(1_000, 400));
    for (let at = 0; at < beep.length; at += FRAME)
      media.audio.emit({ samples: beep.subarray(at, at + FRAME), at: 0 });
    await advance(clock, 3_000);
    assert.equal((await verdict).taken, false);
    assert.deepEqual(warnings, ['a machine is told by its beep alone: no detector']);
    assert.equal(transcriber.opened.length, 0, 'no stream is left open');
  });

  it('is not told, with a warning, where only its words count and cannot be had', async () => {
    const verdict = watch(new FakeTranscriber({ clock }), noDetector);
    await advance(clock, 3_000);
    assert.deepEqual(await verdict, TAKEN);
    assert.deepEqual(warnings, ['a machine is not told: no detector']);
  });

  it('leaves no detector behind where its words cannot be had', async () => {
    let isOpen = false;
    const verdict = watch(new FakeTranscriber({ clock, openFailures: 1 }), async () => {
      isOpen = true;
      return {
        process: () => false,
        close() {
          isOpen = false;
        },
      };
    });
    await advance(clock, 3_000);
    assert.deepEqual(await verdict, TAKEN);
    assert.deepEqual(warnings, ['a machine is not told: refused']);
    assert.equal(isOpen, false);
  });
});
