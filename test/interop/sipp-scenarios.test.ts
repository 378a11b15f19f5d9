import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** Scenarios of our own that there are at least; each is a file that a test runs. */
const LEAST = 110;
const FOLDER = new URL('./', import.meta.url);
const SCENARIO_FOLDER = new URL('sipp/', FOLDER);
/** Tells how many there are. */
const PAGE = new URL('../../docs/reference/reliability.md', import.meta.url);
const EXTENSION = '.xml';

const files = readdirSync(SCENARIO_FOLDER);
const tests = readdirSync(FOLDER)
  .filter((name) => name.startsWith('sipp-') && name.endsWith('.test.ts'))
  .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

/** A scenario is run by a test that names it: as the key of a table where it is a name, else in quotes. */
function isRun(scenario: string): boolean {
  const quoted = `'${scenario}'`;
  return tests.some((text) => text.includes(quoted) || new RegExp(`^  ${scenario}:`, 'm').test(text));
}

test(`there are at least ${LEAST} scenarios, and each is run by a test`, (t) => {
  const scenarios = files.map((name) => {
    assert.ok(name.endsWith(EXTENSION), `${name} is no scenario`);
    return name.slice(0, -EXTENSION.length);
  });
  t.diagnostic(`${scenarios.length} scenarios (required: ${LEAST})`);
  assert.ok(scenarios.length >= LEAST);
  assert.deepEqual(
    scenarios.filter((scenario) => !isRun(scenario)),
    [],
    'left out',
  );
});

test('the page on reliability tells how many there are', () => {
  const [, told] = /(\d+) sipp scenarios/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  assert.equal(Number(told), files.length);
});

test('each scenario says what it is about, under its own name', () => {
  for (const name of files) {
    const text = readFileSync(new URL(name, SCENARIO_FOLDER), 'utf8');
    assert.match(
      text,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<!-- [A-Z0-9][^>]+[.)] -->\n<scenario name="/,
      name,
    );
    assert.ok(text.includes(`<scenario name="${name.slice(0, -EXTENSION.length)}">`), name);
  }
});
