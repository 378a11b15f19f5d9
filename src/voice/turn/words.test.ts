import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consistsOfPhrases, containsPhrase, endsSentence, endsWithNumber, wordsOf } from './words.ts';

test('words are compared without case, apostrophes and punctuation, in any script', () => {
  assert.deepEqual(wordsOf("I DON'T know — uh-huh!"), ['i', 'dont', 'know', 'uh', 'huh']);
  assert.deepEqual(wordsOf('Straße, ça va?'), ['straße', 'ça', 'va']);
  assert.deepEqual(wordsOf(' ... '), []);
});

test('a phrase is found as whole words in order only', () => {
  const phrases = ['stop', 'hold on'].map(wordsOf);
  assert.equal(containsPhrase(wordsOf('please stop it'), phrases), true);
  assert.equal(containsPhrase(wordsOf('nonstop flights'), phrases), false);
  assert.equal(containsPhrase(wordsOf('on hold'), phrases), false);
  assert.equal(containsPhrase(wordsOf('now hold on'), phrases), true);
  assert.equal(containsPhrase(wordsOf('hold'), phrases), false);
});

test('an acknowledgement may be several phrases but nothing else', () => {
  const phrases = ['yeah', 'yeah sure', 'got it', ''].map(wordsOf);
  assert.equal(consistsOfPhrases(wordsOf('Yeah, yeah sure, got it.'), phrases), true);
  assert.equal(consistsOfPhrases(wordsOf('yeah got'), phrases), false);
  assert.equal(consistsOfPhrases([], phrases), false);
});

test('the ending of a text is told in several scripts', () => {
  for (const text of ['Done.', 'Really?" ', '好的。', 'हाँ।', 'wait…'])
    assert.equal(endsSentence(text), true, text);
  for (const text of ['Done', 'Well,', 'so:', '']) assert.equal(endsSentence(text), false, text);
  for (const text of ['call 42', 'call 42.', 'call 42 !']) assert.equal(endsWithNumber(text), true, text);
  for (const text of ['42 calls', 'four', '']) assert.equal(endsWithNumber(text), false, text);
});
