import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadConfig } from '../config/load-config.ts';
import { welcome } from './welcome.ts';

test('the README shows the screen of a first start', () => {
  const screen = welcome(loadConfig({}), {
    httpUrl: 'http://127.0.0.1:3000',
    sipHost: '127.0.0.1',
    sipPort: 5060,
    sipsPort: undefined,
    madeKey: '4951d49c-b49d-4182-8519-da21f38aa74b',
    demoUri: 'sip:demo@127.0.0.1',
    store: 'SQLite in /home/ann/offhook/data',
    hears: 'offline (pocketsphinx)',
    thinks: 'the scripted demo brain (no language model: it answers from the facts in the prompt)',
    speaks: 'offline (flite)',
  });
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [block] = /^ {2}Offhook is off the hook\.\n[^`]*/m.exec(readme) ?? [];
  assert.equal(block?.trimEnd(), screen.join('\n').trim().replace(/^/, '  '));
});
