import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openStorage, type Storage, type StorageOptions } from '../../src/storage/open-storage.ts';
import { StorageOpenError, type StorageOpenFailure } from '../../src/storage/storage-open-error.ts';
import { aNumber, aTrunk, ORG } from './storage-samples.ts';

describe('opening the storage', () => {
  let dataDir: string;
  let opened: Storage[];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
    opened = [];
  });

  afterEach(async () => {
    for (const storage of opened) await storage.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const open = async (options: Partial<StorageOptions> = {}): Promise<Storage> => {
    const storage = await openStorage({ dataDir, clock: new FakeClock(), logger: silentLogger, ...options });
    opened.push(storage);
    return storage;
  };
  const openAndClose = async (options: Partial<StorageOptions> = {}) => {
    const storage = await open(options);
    opened.pop();
    await storage.close();
  };
  const refuses = (code: StorageOpenFailure, message: RegExp, options: Partial<StorageOptions> = {}) =>
    assert.rejects(open(options), (error) => {
      assert.ok(error instanceof StorageOpenError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  const keyFile = () => join(dataDir, 'secret.key');
  const databaseFile = () => join(dataDir, 'offhook.db');

  test('makes a key and a database that only their owner can read, once', async () => {
    await openAndClose();
    const key = await readFile(keyFile(), 'utf8');
    assert.match(key, /^[0-9a-f]{64}\n$/);
    for (const path of [keyFile(), databaseFile()])
      assert.equal((await stat(path)).mode & 0o777, 0o600, path);
    await openAndClose();
    assert.equal(await readFile(keyFile(), 'utf8'), key);
    assert.deepEqual((await readdir(dataDir)).sort(), ['offhook.db', 'secret.key']);
  });

  test('makes the data folder, for its owner alone', async () => {
    const nested = join(dataDir, 'a', 'b');
    await openAndClose({ dataDir: nested });
    assert.equal((await stat(nested)).mode & 0o777, 0o700);
  });

  test('many at once on a new folder agree on one key and one schema', async () => {
    const storages = await Promise.all(Array.from({ length: 4 }, () => open()));
    const number = aNumber({ server: { secret: new Secret('shared') } });
    await storages[0]?.numbers.insert(number);
    for (const storage of storages) assert.deepEqual(await storage.numbers.get(ORG, number.id), number);
  });

  test('keeps no secret in clear text in any file', async () => {
    const storage = await open();
    const secrets = ['needle-digest-1', 'needle-server-2', 'trunk-password-51'];
    await storage.numbers.insert(
      aNumber({
        name: 'readable-name',
        authentication: { username: 'u', password: new Secret('needle-digest-1') },
        server: { secret: new Secret('needle-server-2') },
      }),
    );
    await storage.credentials.insert(aTrunk());
    const files = (await readdir(dataDir)).filter((name) => name.startsWith('offhook.db'));
    const content = Buffer.concat(await Promise.all(files.map((name) => readFile(join(dataDir, name)))));
    assert.ok(content.includes('readable-name'));
    for (const secret of secrets) assert.ok(!content.includes(secret), secret);
    for (const secret of secrets)
      assert.ok(!content.includes(Buffer.from(secret).toString('base64')), secret);
  });

  test('refuses a lost key, and leaves no new one in its place', async () => {
    await openAndClose();
    await rm(keyFile());
    await refuses('secret-key-missing', /OFFHOOK_SECRET_KEY|secret\.key/);
    await assert.rejects(stat(keyFile()), { code: 'ENOENT' });
  });

  test('refuses a changed key from the file or the environment, and takes the right one from either', async () => {
    await openAndClose();
    const key = await readFile(keyFile(), 'utf8');
    await writeFile(keyFile(), `${'0'.repeat(64)}\n`);
    await refuses('secret-key-wrong', /secret\.key is not the key/);
    await refuses('secret-key-wrong', /OFFHOOK_SECRET_KEY is not the key/, {
      secretKey: 'another long passphrase',
    });
    await openAndClose({ secretKey: key });
  });

  test('takes a passphrase, and refuses a short one and an empty key file', async () => {
    await openAndClose({ secretKey: 'correct horse battery' });
    await openAndClose({ secretKey: 'correct horse battery' });
    await assert.rejects(stat(keyFile()), { code: 'ENOENT' });
    await refuses('secret-key-invalid', /OFFHOOK_SECRET_KEY is too short/, { secretKey: 'short' });
    await writeFile(keyFile(), '');
    await refuses('secret-key-invalid', /secret\.key is too short/);
  });

  test('warns when others can read the key', async () => {
    await openAndClose();
    await chmod(keyFile(), 0o644);
    const warnings: string[] = [];
    await openAndClose({ logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) } });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /chmod 600/);
  });

  test('refuses a data folder that is none', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    await refuses('data-dir-unusable', /data folder .*file cannot be used: (EEXIST|ENOTDIR)/, {
      dataDir: file,
    });
    await refuses('data-dir-unusable', /ENOTDIR/, { dataDir: join(file, 'below') });
  });

  test('refuses a file that is no database', async () => {
    await writeFile(databaseFile(), 'this is a shopping list, not a database; '.repeat(200));
    await refuses('database-corrupt', /offhook\.db is damaged or no database/);
  });

  test('refuses a database that another process keeps locked', async () => {
    await openAndClose();
    const other = new DatabaseSync(databaseFile());
    try {
      other.exec('pragma locking_mode = exclusive; begin exclusive');
      await refuses('database-locked', /locked by another process/, { busyTimeoutMs: 50 });
    } finally {
      other.close();
    }
  });

  test('refuses the schema of a newer version and leaves it as it is', async () => {
    await openAndClose();
    const other = new DatabaseSync(databaseFile());
    other.exec("insert into schema_migrations values (999, 'from-the-future', 1)");
    other.close();
    await refuses('schema-newer', /newer Offhook \(schema 999, this version knows \d+\)/);
  });

  test('in memory needs no folder and forgets', async () => {
    const storage = await open({ dataDir: ':memory:' });
    const number = aNumber({ server: { secret: new Secret('brief') } });
    await storage.numbers.insert(number);
    assert.deepEqual(await storage.numbers.list(ORG, { limit: 5 }), [number]);
    assert.equal(await (await open({ dataDir: ':memory:' })).numbers.count(ORG), 0);
  });
});
