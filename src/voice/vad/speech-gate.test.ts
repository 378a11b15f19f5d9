import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeechGate } from './speech-gate.ts';

/** `#` voiced, `.` unvoiced, 20 ms each. */
function run(line: string): string[] {
  const gate = new SpeechGate();
  return [...line].flatMap((mark, index) =>
    gate
      .push(mark === '#', index * 20)
      .filter((event) => event.type !== 'speech-heard')
      .map((event) => `${event.type} ${event.at}`),
  );
}

const cases: [string, string, string[]][] = [
  ['two voiced frames are a click', '..##......##.......', []],
  ['three voiced frames are speech, told from the first', '..###', ['speech-started 40']],
  ['a start may have gaps within 100 ms', '#.#.#', ['speech-started 0']],
  ['scattered frames are not speech', '#..#..#..#..#', []],
  ['180 ms of silence are a pause', '###.........###', ['speech-started 0']],
  [
    '200 ms are a stop, told from the last voiced frame',
    '####..........',
    ['speech-started 0', 'speech-stopped 60'],
  ],
  [
    'a second run is a run of its own',
    '###..........###',
    ['speech-started 0', 'speech-stopped 40', 'speech-started 260'],
  ],
];

for (const [name, line, expected] of cases) {
  test(`speech gate: ${name}`, () => assert.deepEqual(run(line), expected));
}

test('speech gate: the voice of a run is counted without its pauses', () => {
  const gate = new SpeechGate();
  const heard = [...'###...##'].flatMap((mark, index) => gate.push(mark === '#', index * 20)).at(-1);
  assert.deepEqual(heard, { type: 'speech-heard', at: 140, voicedMs: 100 });
});
