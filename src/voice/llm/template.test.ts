import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInVariables, renderTemplate } from './template.ts';

const at = new Date('2026-01-05T18:04:09.000Z');

test('variables, nested values and default filters are filled in', async () => {
  const variables = { customer: { name: 'Ana' }, items: ['tea', 'cake'] };
  assert.equal(
    await renderTemplate('Hi {{ customer.name }}, {{items | join: " and "}}!', variables),
    'Hi Ana, tea and cake!',
  );
  assert.equal(await renderTemplate('{{ nick | default: "friend" }}', variables), 'friend');
});

test('an undefined variable leaves nothing, also deep down', async () => {
  assert.equal(await renderTemplate('[{{ missing }}][{{ a.b.c }}]', {}), '[][]');
});

test('built-in variables are those of the vendor, in UTC', () => {
  assert.deepEqual(builtInVariables(at), {
    now: 'Jan 5, 2026 6:04 PM',
    date: 'Jan 5, 2026',
    time: '6:04 PM',
    month: 'January',
    day: '5',
    year: '2026',
  });
});

test('the date filter takes strftime and a time zone', async () => {
  const variables = { ...builtInVariables(at), started: at.toISOString() };
  assert.equal(
    await renderTemplate('{{ started | date: "%A %H:%M", "America/New_York" }}', variables),
    'Monday 13:04',
  );
  assert.equal(
    await renderTemplate('{{ started | date: "%B %d, %Y, %I:%M %p" }}', variables),
    'January 05, 2026, 06:04 PM',
  );
  // The built-in names no zone, yet is UTC on every machine.
  assert.equal(await renderTemplate('{{ now | date: "%H:%M", "Europe/Berlin" }}', variables), '19:04');
  assert.equal(await renderTemplate('{{ "2026-01-05T10:00" | date: "%H:%M" }}', variables), '10:00');
});

test('the word "now" is the present moment', async () => {
  const year = await renderTemplate('{{"now" | date: "%Y", "America/New_York"}}', {});
  const expected = new Intl.DateTimeFormat('en-US', {
    year: 'numeric',
    timeZone: 'America/New_York',
  }).format();
  assert.equal(year, expected);
});

test('a broken template is returned as written and its problem told', async () => {
  const problems: string[] = [];
  const text = 'Hello {% if name %} {{ name }}';
  assert.equal(await renderTemplate(text, { name: 'Ana' }, (problem) => problems.push(problem)), text);
  assert.match(problems.join(), /not closed/);
});

test('files and prototypes are out of reach', async () => {
  const include = '{% include "package.json" %}';
  assert.equal(await renderTemplate(include, {}), include);
  assert.equal(
    await renderTemplate('[{{ a.constructor }}{{ a.__proto__ }}{{ a.toString }}]', { a: {} }),
    '[]',
  );
});

test('a template inside a value is not rendered', async () => {
  assert.equal(await renderTemplate('{{ said }}', { said: '{{ secret }}', secret: 'x' }), '{{ secret }}');
});

test('a template that makes too much is stopped', async () => {
  const problems: string[] = [];
  const loop = '{% for i in (1..100000000) %}a{% endfor %}';
  assert.equal(await renderTemplate(loop, {}, (problem) => problems.push(problem)), loop);
  const nested = '{% for i in (1..3000) %}{% for j in (1..3000) %}a{% endfor %}{% endfor %}';
  assert.equal(await renderTemplate(nested, {}, (problem) => problems.push(problem)), nested);
  assert.equal(problems.length, 2);
});
