import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ear, type Spurt, trimSilence } from './ear.ts';

const loud = () => Int16Array.from({ length: 160 }, (_, index) => (index % 2 ? 3000 : -3000));
const quiet = () => new Int16Array(160);

/** Feeds frames written as a picture: `#` voiced, `.` silent, 20 ms each. */
function listen(picture: string) {
  const ear = new Ear();
  const starts: number[] = [];
  const spurts: Spurt[] = [];
  ear.started.on((at) => starts.push(at));
  ear.ended.on((spurt) => spurts.push(spurt));
  [...picture].forEach((mark, index) => {
    ear.hear({ samples: mark === '#' ? loud() : quiet(), at: 1000 + index * 20 });
  });
  return { ear, starts, spurts };
}

test('a spurt begins at its first voiced frame and ends at its last', () => {
  const { starts, spurts } = listen(`.....##########${'.'.repeat(40)}`);
  assert.deepEqual(starts, [1100]);
  assert.equal(spurts[0]?.startedAt, 1100);
  assert.equal(spurts[0]?.endedAt, 1280);
});

test('a click is no speech', () => {
  assert.deepEqual(listen(`...#......#....${'.'.repeat(40)}`).starts, []);
});

test('pauses inside a sentence do not cut it', () => {
  const { spurts } = listen(`#####${'.'.repeat(20)}#####${'.'.repeat(40)}`);
  assert.equal(spurts.length, 1);
  assert.equal(spurts[0]?.endedAt, 1000 + 29 * 20);
});

test('trimming leaves a voiced frame at both ends and nothing of silence around', () => {
  const samples = new Int16Array(160 * 6);
  samples.set(loud(), 160 * 2);
  samples.set(loud(), 160 * 3);
  assert.equal(trimSilence(samples, 160).length, 320);
  assert.equal(trimSilence(quiet(), 160).length, 160, 'silence alone stays as it is');
});

test('speech that is cut by the end of the call is a spurt all the same', () => {
  const { ear, spurts } = listen('.....##########');
  assert.equal(spurts.length, 0);
  ear.finish();
  assert.equal(spurts[0]?.endedAt, 1280);
});
