import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseText, judgePhrase, similarity } from './grammar-verdict.ts';
import { pronounceable } from './grammar-words.ts';
import { parseHypothesis } from './hypothesis.ts';
import { pocketsphinxAvailable } from './pocketsphinx-available.ts';
import { SegmentCollector } from './segment-collector.ts';
import { upsampleWithImage } from './spectral-image-upsampler.ts';

/** Power of one frequency (Goertzel). */
function power(samples: Int16Array, hz: number, rateHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / rateHz);
  let [before, last] = [0, 0];
  for (const sample of samples) [before, last] = [last, sample + coefficient * last - before];
  return (last * last + before * before - coefficient * last * before) / samples.length ** 2;
}

test('a tone keeps its level at twice the rate, with its mirror image at 0.3 of it', () => {
  const tone = Int16Array.from(
    { length: 8_000 },
    (_, at) => 8_000 * Math.sin((2 * Math.PI * 1_000 * at) / 8_000),
  );
  const up = upsampleWithImage(tone);
  assert.equal(up.length, 16_000);
  const direct = Math.sqrt(power(up, 1_000, 16_000));
  const image = Math.sqrt(power(up, 7_000, 16_000));
  assert.ok(Math.abs(direct - 4_000) < 60, `direct ${direct}`);
  assert.ok(Math.abs(image / direct - 0.3) < 0.01, `image ${image / direct}`);
});

test('a hypothesis is read without fillers and variants of pronunciation', () => {
  const line =
    'id-1 S 0 T -3412 A -2738 L -674 0 -353 -337 <sil> 19 -250 0 what(2) 44 -190 0 are(2) 63 -158 -337 </s> 90';
  const { id, hypothesis } = parseHypothesis(line);
  assert.equal(id, 'id-1');
  assert.deepEqual(hypothesis, {
    text: 'what are',
    words: [
      { word: 'what', frames: 25, fit: -10 },
      { word: 'are', frames: 19, fit: -10 },
    ],
  });
  assert.equal(parseHypothesis('id-2 S 0 T 0 A 0 L 0 340').hypothesis.text, '');
  assert.throws(() => parseHypothesis('INFO: something else'), /not a segmented/);
  assert.throws(() => parseHypothesis('i S 0 T 0 A 0 L 0 0 x 0 word y'), /no number/);
});

function phrase(...fits: number[]) {
  const words = fits.map((fit, index) => ({ word: `w${index}`, frames: 30, fit }));
  return { text: words.map(({ word }) => word).join(' '), words };
}

test('a phrase is believed by its fit, a single word only by a good one', () => {
  assert.equal(judgePhrase(phrase(-40, -50, -70)), 'sure');
  assert.equal(judgePhrase(phrase(-40, -40, -81)), 'doubtful');
  assert.equal(judgePhrase(phrase(-60, -60)), 'doubtful');
  assert.equal(judgePhrase(phrase(-66, -72)), 'unlikely');
  assert.equal(judgePhrase(phrase(-40, -40, -90)), 'unlikely');
  assert.equal(judgePhrase(phrase(-40)), 'sure');
  assert.equal(judgePhrase(phrase(-49)), 'doubtful');
  assert.equal(judgePhrase(phrase()), 'unlikely');
});

test('open vocabulary decides where the fit does not', () => {
  assert.equal(chooseText('sure', 'yes', 'the us'), 'yes');
  assert.equal(chooseText('doubtful', 'thank you goodbye', 'kemp you goodbye'), 'thank you goodbye');
  assert.equal(chooseText('doubtful', 'no', 'hello'), 'hello');
  assert.equal(chooseText('unlikely', 'what is your address', 'what is your name'), 'what is your name');
  assert.equal(
    chooseText('unlikely', 'transfer me to sales', 'transfer me to say les'),
    'transfer me to sales',
  );
  assert.equal(chooseText('doubtful', 'no', ''), '');
  assert.equal(similarity('', ''), 1);
  assert.equal(similarity('abc', 'xyz'), 0);
});

test('a grammar loses the phrases that the decoder cannot pronounce, and only those', () => {
  const known = new Set(['hello', 'there', 'one', 'two']);
  const grammar = (body: string) => `#JSGF V1.0;\ngrammar offhook;\npublic <phrase> =\n    ${body}\n  ;\n`;
  assert.equal(pronounceable(grammar('hello there | [one] two'), known), grammar('hello there | [one] two'));
  const filtered = pronounceable(grammar('hello there\n  | hello offhook'), known);
  assert.match(filtered ?? '', /hello there/);
  assert.doesNotMatch(filtered ?? '', /hello offhook/);
  assert.equal(pronounceable(grammar('offhook'), known), undefined);
});

test('a segment has its pre-roll, and a long one is given in pieces', () => {
  const collector = new SegmentCollector();
  const frame = (value: number) => new Int16Array(160).fill(value);
  assert.equal(collector.end().length, 0);
  for (let value = 0; value < 30; value += 1) collector.write(frame(value));
  collector.start();
  collector.write(frame(30));
  const segment = collector.end();
  assert.equal(segment.length, 21 * 160);
  assert.equal(segment[0], 10);
  collector.start();
  let pieces = 0;
  for (let at = 0; at < 1_600; at += 1) pieces += collector.write(frame(1))?.length === 240_000 ? 1 : 0;
  assert.equal(pieces, 1);
  assert.equal(collector.end().length, 100 * 160);
});

test('what is missing is named with its package', async () => {
  const found = await pocketsphinxAvailable('/nonexistent/model', '/nonexistent/bin');
  assert.ok(!found.ok);
  assert.match(found.missing.join('; '), /pocketsphinx_batch .*package pocketsphinx\)/);
  assert.match(found.missing.join('; '), /model in \/nonexistent\/model .*pocketsphinx-en-us/);
});
