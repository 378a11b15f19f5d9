import assert from 'node:assert/strict';
import { it } from 'node:test';
import { joinSamples, tone } from '../../../test/support/tones.ts';
import { BeepDetector } from './beep-detector.ts';

const FRAME = 160;
const silence = (ms: number) => new Int16Array(ms * 8);

/** How often a beep is heard in these pieces, fed frame by frame. */
function heardIn(...pieces: Int16Array[]): number {
  const detector = new BeepDetector();
  const samples = joinSamples(pieces);
  let heard = 0;
  for (let at = 0; at + FRAME <= samples.length; at += FRAME)
    if (detector.hear(samples.subarray(at, at + FRAME))) heard += 1;
  return heard;
}

function sum(...tones: Int16Array[]): Int16Array {
  return Int16Array.from(tones[0] ?? [], (_, at) => tones.reduce((all, one) => all + (one[at] ?? 0), 0));
}

it('a beep is heard to its end, once, at whatever frequency machines use', () => {
  for (const hz of [600, 800, 1_000, 1_033, 1_400, 1_777])
    assert.equal(heardIn(silence(300), tone(hz, 400), silence(500)), 1, `${hz} Hz`);
  assert.equal(heardIn(tone(1_000, 400, 900), silence(500)), 1, 'a quiet one');
});

it('what is no beep is not taken for one', () => {
  const cases: [string, Int16Array[]][] = [
    ['a click', [tone(1_000, 60), silence(500)]],
    ['a tone that goes on', [tone(1_000, 4_000), silence(500)]],
    ['ringing in Europe', [tone(425, 1_000), silence(500)]],
    ['ringing in America', [sum(tone(440, 1_000, 4_000), tone(480, 1_000, 4_000)), silence(500)]],
    ['a key', [sum(tone(697, 300, 4_000), tone(1_209, 300, 4_000)), silence(500)]],
    ['the tones of an announcement', [tone(950, 330), tone(1_400, 330), tone(1_800, 5_000)]],
    ['a fax', [tone(2_100, 600), silence(500)]],
    ['silence', [silence(1_000)]],
  ];
  for (const [what, pieces] of cases) assert.equal(heardIn(...pieces), 0, what);
});

it('noise as loud as speech is no beep', () => {
  let seed = 1;
  const noise = Int16Array.from({ length: 16_000 }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return (seed % 8_000) - 4_000;
  });
  assert.equal(heardIn(noise, silence(500)), 0);
});
