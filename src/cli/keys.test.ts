import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { hashApiKey } from '../domain/orgs/api-key.ts';
import { FakeClock } from '../lib/fake-clock.ts';
import { newId } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { CommandError } from './command-error.ts';
import { keys } from './keys.ts';

let storage: Storage;

beforeEach(async () => {
  storage = await openStorage({ dataDir: ':memory:', clock: new FakeClock(), logger: silentLogger });
  await storage.orgs.insertOrg({ id: newId(), name: 'default', createdAt: 0 });
});
afterEach(() => storage.close());

/** Makes a key. @returns its clear text. */
async function made(options: Parameters<typeof keys>[2]): Promise<string> {
  const [line = ''] = await keys(storage.orgs, ['create'], options);
  const [key = ''] = line.split(' ');
  return key;
}

test('a key is shown once, in clear text, with its org', async () => {
  const [line = '', ...rest] = await keys(storage.orgs, ['create'], { org: 'Acme' });
  assert.deepEqual(rest, []);
  assert.match(line, /^\S{32,} +\(of org Acme; shown this once\)$/);
  const listed = (await keys(storage.orgs, ['list'], {})).join('\n');
  assert.ok(!listed.includes(line.split(' ')[0] ?? ''), 'the list never holds a whole key');
});

test('keys of one name of org share the org, others do not', async () => {
  const owners = [];
  for (const org of ['Acme', 'Acme', 'Bolt', undefined]) {
    const key = await storage.orgs.findKey(hashApiKey(await made({ org })));
    assert.ok(key);
    owners.push(key.orgId);
  }
  assert.equal(owners[0], owners[1]);
  assert.equal(new Set(owners).size, 3);
  const names = (await storage.orgs.listOrgs()).map(({ name }) => name).sort();
  assert.deepEqual(names, ['Acme', 'Bolt', 'default']);
});

test('the list names org, name, dialect and state of each key', async () => {
  await made({ org: 'Acme', name: 'crm', dialect: 'fluents' });
  const [head = '', row = ''] = await keys(storage.orgs, ['list'], {});
  assert.match(head, /^KEY +ORG +NAME +DIALECT +MADE +STATE +ID$/);
  assert.match(row, /^\S+ +Acme +crm +fluents +\d{4}-\d\d-\d\dT\d\d:\d\d +active +[0-9a-f-]{36}$/);
});

test('a key is revoked by its prefix or its id, once', async () => {
  const first = await made({ name: 'one' });
  const second = await made({ name: 'two' });
  const key = await storage.orgs.findKey(hashApiKey(first));
  assert.ok(key);
  assert.deepEqual(await keys(storage.orgs, ['revoke', key.prefix], {}), [`key ${key.prefix} is revoked`]);
  assert.equal(await storage.orgs.findKey(hashApiKey(first)), undefined);
  const other = await storage.orgs.findKey(hashApiKey(second));
  assert.ok(other, 'the other key still works');
  await keys(storage.orgs, ['revoke', other.id], {});
  assert.equal(await storage.orgs.findKey(hashApiKey(second)), undefined);
  await assert.rejects(keys(storage.orgs, ['revoke', other.id], {}), /no active key has the id or prefix/);
});

test('what is misspelt is refused with what would be right, and makes no key', async () => {
  for (const words of [[], ['frob'], ['revoke'], ['create', 'Acme'], ['list', 'x'], ['revoke', 'a', 'b']]) {
    await assert.rejects(keys(storage.orgs, words, {}), (error) => {
      assert.ok(error instanceof CommandError);
      assert.match(error.message, /^usage: offhook keys create/);
      return true;
    });
  }
  await assert.rejects(
    keys(storage.orgs, ['create'], { dialect: 'twilio' }),
    /--dialect must be one of vapi, vocode, vocode-2024, fluents, opencx/,
  );
  assert.deepEqual(await storage.orgs.listKeys(), []);
});

test('before the first start no key is made, or that start would make neither its key nor the demo number', async () => {
  const empty = await openStorage({ dataDir: ':memory:', clock: new FakeClock(), logger: silentLogger });
  try {
    await assert.rejects(keys(empty.orgs, ['create'], {}), CommandError);
  } finally {
    await empty.close();
  }
});
