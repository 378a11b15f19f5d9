import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentenceSplitter } from './sentence-splitter.ts';

/** Feeds the pieces, then the end; `|` marks the end of what came before it. */
function split(...pieces: string[]): string[] {
  const splitter = new SentenceSplitter();
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.flush()];
}

test('a sentence is given as soon as the next one begins, however the text is cut', () => {
  const splitter = new SentenceSplitter();
  assert.deepEqual(splitter.push('Hel'), []);
  assert.deepEqual(splitter.push('lo there.'), []);
  assert.deepEqual(splitter.push(' How'), ['Hello there. ']);
  assert.deepEqual(splitter.push(' are you? Fine'), ['How are you? ']);
  assert.deepEqual(splitter.flush(), ['Fine']);
  assert.deepEqual(splitter.flush(), []);
});

test('no text is lost or made up', () => {
  const text = 'One. "Two!" she said… (Three?) Dr. No costs 3.50 today. 好的。再见。\nLast';
  for (const size of [1, 3, 7, 100]) {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    assert.equal(split(...pieces).join(''), text, `pieces of ${size}`);
  }
});

test('abbreviations and decimals end no sentence', () => {
  assert.deepEqual(split('Dr. Smith pays 3.50 e.g. in coins. Really.'), [
    'Dr. Smith pays 3.50 e.g. in coins. ',
    'Really.',
  ]);
});

test('scripts without spaces are cut at their own full stop', () => {
  assert.deepEqual(split('你好。请说。'), ['你好。', '请说。']);
});

test('a text without any end is cut at a comma, a space, or at last anywhere', () => {
  const clause = 'word '.repeat(30);
  assert.deepEqual(
    split(`${clause}, ${clause}`).map((piece) => piece.length),
    [152, 150],
  );
  assert.ok(split('word '.repeat(100)).every((piece) => piece.length <= 240));
  assert.deepEqual(
    split('x'.repeat(500)).map((piece) => piece.length),
    [240, 240, 20],
  );
});
