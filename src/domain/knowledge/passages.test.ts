import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_PASSAGE_LENGTH, passagesOf } from './passages.ts';

const text = (content: string) => passagesOf({ format: 'text', content });
const markdown = (content: string) => passagesOf({ format: 'markdown', content });

test('short paragraphs are joined as far as they fit', () => {
  assert.deepEqual(text('One.\r\n\r\nTwo.\n \t\nThree.'), ['One.\n\nTwo.\n\nThree.']);
  const [long, short] = ['a '.repeat(395).trim(), 'Two short words.'];
  assert.deepEqual(text(`${long}\n\n${short}`), [long, short]);
});

test('a long paragraph is cut after a sentence, else at a word, else anywhere but within a character', () => {
  const sentence = `${'word '.repeat(99)}end.`;
  assert.deepEqual(text(`${sentence} ${sentence} ${sentence}`), [sentence, sentence, sentence]);
  for (const content of ['word '.repeat(1000), 'x'.repeat(5000), `x${'🍞'.repeat(3000)}`]) {
    const pieces = text(content);
    assert.ok(pieces.every((piece) => piece.length <= MAX_PASSAGE_LENGTH && piece.isWellFormed()));
    assert.equal(pieces.join('').replaceAll(/\s/g, ''), content.replaceAll(/\s/g, ''));
  }
});

test('a heading of Markdown goes along with every piece below it', () => {
  // It fits alone, but not beside the paragraph before it.
  const long = `${'word '.repeat(157)}end.`;
  assert.deepEqual(markdown(`Before.\n# Bread ##\nWe bake.\n\n${long}\n## Empty\n### Cakes\nTwo days.`), [
    'Before.',
    'Bread\nWe bake.',
    `Bread\n${long}`,
    'Cakes\nTwo days.',
  ]);
  assert.deepEqual(markdown('```\n# no heading\n```'), ['```\n# no heading\n```']);
  assert.deepEqual(text('# no heading'), ['# no heading']);
});

test('nothing makes no passage, and hostile text no wait', () => {
  assert.deepEqual(text(' \n\n \t'), []);
  const started = performance.now();
  for (const content of [
    '# '.repeat(500_000),
    '\n \n'.repeat(300_000),
    `# ${'#'.repeat(500_000)}x`,
    '. '.repeat(500_000),
  ])
    markdown(content);
  assert.ok(performance.now() - started < 5_000);
});
