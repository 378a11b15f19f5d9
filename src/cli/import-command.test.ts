import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type HttpExchange, openHttpExchange } from '../../test/support/http-exchange.ts';
import { loadConfig } from '../config/load-config.ts';
import { CommandError } from './command-error.ts';
import { runImport } from './import-command.ts';

let there: HttpExchange;
let here: HttpExchange;
let bases: { there: string; here: string };
let folder: string;

before(async () => {
  [there, here] = await Promise.all([openHttpExchange(), openHttpExchange()]);
  const at = async ({ server }: HttpExchange) =>
    `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  bases = { there: await at(there), here: await at(here) };
  folder = await mkdtemp(join(tmpdir(), 'offhook-import-'));
});
after(async () => {
  await Promise.all([there.close(), here.close()]);
  await rm(folder, { recursive: true, force: true });
});

function run(args: string[], env: Record<string, string> = {}): Promise<string[]> {
  const settings = loadConfig({ OFFHOOK_DATA_DIR: join(folder, 'data') });
  return runImport({ settings, env, clock: here.clock }, args);
}

const refused = (args: string[], words: RegExp, env: Record<string, string> = {}) =>
  assert.rejects(
    run(args, env),
    (error: Error) => error instanceof CommandError && words.test(error.message),
  );

test('an account is brought with a table of what came over; its keys may stand in the environment', async () => {
  const { body } = await there.inject('POST', '/phone-number', {
    provider: 'vapi',
    sipUri: 'sip:safe@sip.vapi.ai',
    authentication: { username: 'u'.repeat(20), password: 'p'.repeat(20) },
  });
  const { id } = body as { id: string };
  await there.inject('POST', '/assistant', { name: 'Desk\u001b[2J' });
  const env = { VAPI_API_KEY: there.key, OFFHOOK_KEY: here.key, OFFHOOK_URL: bases.here };
  const words = ['vapi', '--base-url', `${bases.there}/`];

  const dry = await run([...words, '--dry-run'], env);
  assert.match(dry.at(-1) ?? '', /^Nothing was written\..*: 1 created, 0 updated, 0 unchanged, 1 left$/);
  await assert.rejects(readFile(join(folder, 'data', 'imports.json')), { code: 'ENOENT' });

  const secrets = join(folder, 'secrets.json');
  await writeFile(secrets, JSON.stringify({ [id]: { 'authentication.password': 'p'.repeat(20) } }));
  const lines = await run([...words, '--secrets', secrets], env);
  assert.match(lines[0] ?? '', /^KIND +NAME +OUTCOME +ID HERE +ID AT THE SOURCE$/);
  assert.match(lines[1] ?? '', /^assistant +Desk\?\[2J +created +[0-9a-f-]{36} +[0-9a-f-]{36}$/);
  assert.match(lines[2] ?? '', /^number +sip:safe@sip\.vapi\.ai +created /);
  assert.equal(lines.at(-1), '2 created, 0 updated, 0 unchanged, 0 left');
  assert.ok(!lines.join('\n').includes('p'.repeat(20)));

  const given = ['--key', there.key, '--to', `${bases.here}/`, '--to-key', here.key];
  assert.equal((await run([...words, ...given])).at(-1), '0 created, 0 updated, 2 unchanged, 0 left');
});

test('what is missing or wrong is one line', async () => {
  const keys = ['--key', 'k', '--to-key', 'k'];
  await refused([], /^usage: offhook import/);
  await refused(['asterisk'], /^usage: offhook import/);
  await refused(['vapi'], /^import needs the account's key: --key or VAPI_API_KEY$/);
  await refused(['vapi', '--key', 'k'], /^import needs a key of this exchange: --to-key or OFFHOOK_KEY$/);
  await refused(['vapi', '--key', 'a\nb'], /^--key holds characters that no key has$/);
  await refused(['vapi', ...keys, '--to', 'ftp://x'], /^--to must be a URL/);
  await refused(['vapi', ...keys, '--base-url', 'https://u:p@x'], /^--base-url holds a name or a password/);
  await refused(['vapi', ...keys, '--to', 'http://127.0.0.1:1'], /^cannot reach http:\/\/127\.0\.0\.1:1: /);
});
