import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointingRule } from '../../domain/agents/agent.ts';
import { compileRules, type RefusedRule } from './endpointing-rules.ts';

function compile(...rules: EndpointingRule[]) {
  const refused: RefusedRule[] = [];
  return { rules: compileRules(rules, (rule) => refused.push(rule)), refused };
}

test('a pattern with catastrophic backtracking is stopped within milliseconds and left out from then on', () => {
  const { rules, refused } = compile({ type: 'customer', regex: '^(a+)+$', timeoutSeconds: 3 });
  const hostile = `${'a'.repeat(60)}b`;
  const startedAt = performance.now();
  assert.equal(rules[0]?.matches('', hostile), false);
  assert.ok(performance.now() - startedAt < 500, 'the loop was held for long');
  assert.deepEqual(
    refused.map((rule) => [rule.index, rule.code]),
    [[0, 'endpointing-rule-too-slow']],
  );
  assert.equal(rules[0]?.matches('', 'aaa'), false, 'not asked again');
  assert.equal(refused.length, 1, 'reported once');
});

test('patterns that do not compile, are too long or are missing are refused by index', () => {
  const { rules, refused } = compile(
    { type: 'customer', regex: '[', timeoutSeconds: 1 },
    { type: 'customer', regex: 'a'.repeat(1001), timeoutSeconds: 1 },
    { type: 'assistant', timeoutSeconds: 1 },
    { type: 'both', assistantRegex: 'a', timeoutSeconds: 1 },
    { type: 'customer', regex: 'ok', timeoutSeconds: 1 },
  );
  assert.deepEqual(
    refused.map((rule) => rule.index),
    [0, 1, 2, 3],
  );
  assert.equal(rules.length, 1);
});

test('the options of the vendor change how a pattern matches', () => {
  const option = (type: string, enabled = true) => ({ type, enabled });
  const matches = (regex: string, text: string, ...regexOptions: { type: string; enabled: boolean }[]) =>
    compile({ type: 'customer', regex, regexOptions, timeoutSeconds: 1 }).rules[0]?.matches('', text);
  assert.equal(matches('cat', 'I love CATS'), false);
  assert.equal(matches('cat', 'I love CATS', option('ignore-case')), true);
  assert.equal(matches('cat', 'I love CATS', option('ignore-case', false)), false);
  assert.equal(matches('cat', 'I love cats', option('whole-word')), false);
  assert.equal(matches('cat|dog', 'a dog', option('whole-word')), true);
  assert.equal(matches('^two', 'one\ntwo', option('multi-line')), true);
});

test('only the end of a very long text is matched', () => {
  const { rules } = compile({ type: 'customer', regex: 'start', timeoutSeconds: 1 });
  assert.equal(rules[0]?.matches('', `start${' x'.repeat(600)}`), false);
  assert.equal(rules[0]?.matches('', `${'x '.repeat(600)}start`), true);
});

test('the sides of a rule of both have options of their own', () => {
  const { rules } = compile({
    type: 'both',
    assistantRegex: 'NAME',
    assistantRegexOptions: [{ type: 'ignore-case', enabled: true }],
    customerRegex: 'Bo',
    timeoutSeconds: 1,
  });
  assert.equal(rules[0]?.matches('your name?', 'Bo'), true);
  assert.equal(rules[0]?.matches('your name?', 'bo'), false);
});
