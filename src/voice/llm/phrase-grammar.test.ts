import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collected } from '../../../test/support/fake-openai.ts';
import type { AgentTool } from '../../domain/agents/agent.ts';
import { filterGrammar, grammarWords, scriptGrammar } from './phrase-grammar.ts';
import { readScript } from './script.ts';
import { ScriptedBrain } from './scripted-brain.ts';

const PROMPT = `Opening hours: nine to five.
Address: You find us at twelve Mill Street.
Wi-Fi 6E: It is free.
Crème brûlée: We have it on Sundays.
Q: Do you have gluten-free bread?
A: Yes.`;
const messages = [{ role: 'system' as const, content: PROMPT }];
const DTMF: AgentTool = { type: 'dtmf', settings: {} };
const PICK: AgentTool = {
  type: 'function',
  name: 'pickColor',
  parameters: { type: 'object', properties: { color: { enum: ['dark red', 'blue'] } }, required: ['color'] },
  settings: {},
};

function phrases(grammar: string): string[] {
  return grammar
    .slice(grammar.indexOf('public'))
    .split('\n')
    .slice(1, -2)
    .map((line) => line.replace('|', '').trim());
}

test('the grammar holds natural questions, farewells, yes and no', () => {
  const found = phrases(scriptGrammar(readScript(messages, [])));
  for (const phrase of [
    'what are your opening hours',
    'when are you open',
    'where are you located',
    'do you have gluten free bread',
    'goodbye',
    "that's all",
    'yes',
    'no',
  ]) {
    assert.ok(found.includes(phrase), phrase);
  }
  assert.equal(new Set(found).size, found.length, 'each phrase once');
});

test('only plain words stand in it: digits and foreign letters are left out', () => {
  const grammar = scriptGrammar(readScript(messages, [PICK]));
  for (const phrase of phrases(grammar)) assert.match(phrase, /^[a-z']+(?: [a-z']+)*$/);
  assert.ok(!grammar.includes('brul') && !grammar.includes('6e'));
  assert.match(grammar, /^#JSGF V1\.0;\ngrammar offhook;\npublic <phrase> =\n/);
});

test('every question of the grammar is answered with its fact', async () => {
  const script = readScript(messages, []);
  const questions = phrases(scriptGrammar(script)).filter((phrase) =>
    /hours|open|address|located|gluten/.test(phrase),
  );
  assert.ok(questions.length > 20);
  const settings = { provider: 'offhook', messages, tools: [], toolIds: [], settings: {} };
  const answers = new Set(script.facts.map(({ answer }) => answer));
  for (const content of questions) {
    const { signal } = new AbortController();
    const request = {
      messages: [{ role: 'user' as const, content }],
      tools: [],
      settings,
      context: {},
      signal,
    };
    const [first] = await collected(new ScriptedBrain().respond(request));
    assert.ok(first?.type === 'text' && answers.has(first.text), content);
  }
});

test('values and requests of tools are in it, keys only where a tool needs them', () => {
  const without = scriptGrammar(readScript(messages, [PICK]));
  for (const phrase of ['dark red', 'blue please', 'i would like to pick color']) {
    assert.ok(phrases(without).includes(phrase), phrase);
  }
  assert.ok(!without.includes('<key>'));
  const withKeys = scriptGrammar(readScript(messages, [DTMF]));
  assert.match(withKeys, /<key> = zero \| oh \| one/);
  assert.ok(phrases(withKeys).includes('press <key>+'));
});

test('the words are listed, and phrases with unknown words are filtered out', () => {
  const grammar = scriptGrammar(readScript(messages, [DTMF]));
  const words = grammarWords(grammar);
  for (const word of ['gluten', 'press', 'seven', "that's"]) assert.ok(words.includes(word), word);
  assert.ok(!words.includes('key'));
  const filtered = filterGrammar(grammar, (word) => word !== 'gluten' && word !== 'hash') ?? '';
  assert.equal(phrases(filtered).length, phrases(grammar).length - 1);
  assert.ok(!grammarWords(filtered).includes('hash'));
  assert.equal(
    filterGrammar(grammar, () => false),
    undefined,
  );
  assert.equal(
    filterGrammar(grammar, () => true),
    grammar,
  );
});
