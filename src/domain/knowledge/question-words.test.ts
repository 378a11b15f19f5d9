import assert from 'node:assert/strict';
import { test } from 'node:test';
import { questionWords } from './question-words.ts';

test('a question is looked for by its words that say something, each once', () => {
  assert.deepEqual(questionWords("What's the FEE for a dog, and the fee for 2 dogs?"), [
    'fee',
    'dog',
    '2',
    'dogs',
  ]);
  assert.deepEqual(questionWords('Où est la gare de 北京?'), ['où', 'est', 'la', 'gare', 'de', '北京']);
});

test('signs, overlong words and more words than a sentence has are left out', () => {
  assert.deepEqual(questionWords(`"; -- ' ${'x'.repeat(65)}`), []);
  assert.equal(questionWords(Array.from({ length: 99 }, (_, index) => `w${index}`).join(' ')).length, 32);
});
