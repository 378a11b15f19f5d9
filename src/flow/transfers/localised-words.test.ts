import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeBrain } from '../../../test/support/fake-voice.ts';
import { FakeClock } from '../../lib/fake-clock.ts';
import { localisedWords } from './localised-words.ts';

const MESSAGE = {
  contents: [
    { language: 'en', text: 'One moment.' },
    { language: 'de', text: 'Einen Moment.' },
  ],
};
const SETTINGS = { provider: 'fake', messages: [], tools: [], toolIds: [], settings: {} };

function translator(answer: string | Error) {
  const clock = new FakeClock(0);
  const problems: string[] = [];
  const brain = new FakeBrain({ clock, answers: [answer] });
  const signal = new AbortController().signal;
  const parts = {
    brain,
    brainSettings: SETTINGS,
    clock,
    signal,
    warn: (problem: string) => problems.push(problem),
  };
  return { brain, problems, parts };
}

test('a message in the language that is spoken is said as it stands', async () => {
  const { brain, parts } = translator('Never asked.');
  assert.equal(await localisedWords(MESSAGE, 'de-AT', parts), 'Einen Moment.');
  assert.equal(await localisedWords('One moment.', 'fr', parts), 'One moment.');
  assert.equal(await localisedWords({ content: 'Hi.' }, 'fr', parts), 'Hi.');
  assert.equal(brain.requests.length, 0);
});

test("the first of its contents is translated by the agent's own model where the language has none", async () => {
  const { brain, parts } = translator('Un instant.');
  assert.equal(await localisedWords(MESSAGE, 'fr', parts), 'Un instant.');
  const [asked] = brain.requests;
  assert.match(asked?.messages[0]?.content ?? '', /code fr/);
  assert.equal(asked?.messages[1]?.content, 'One moment.');
  assert.deepEqual(asked?.tools, []);
});

test('what cannot be translated is said as it stands, and told', async () => {
  const { problems, parts } = translator(new Error('no credit'));
  assert.equal(await localisedWords(MESSAGE, 'fr', parts), 'One moment.');
  assert.deepEqual(problems, ['a message could not be translated: no credit']);
});
