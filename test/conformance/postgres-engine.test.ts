import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { ExchangeError } from '../../src/domain/errors.ts';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { StorageOpenError } from '../../src/storage/storage-open-error.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { aNumber, ORG } from './storage-samples.ts';

describe('PostgreSQL as the store', () => {
  let server: TestPostgres;
  let dataDir: string;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
    server = await startPostgres();
  });

  after(async () => {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const run = async (url: string, ...statements: string[]): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) rows = (await client.query(statement)).rows;
      return rows;
    } finally {
      await client.end();
    }
  };

  const withStorage = async <T>(
    url: string,
    work: (storage: Storage, warnings: string[]) => Promise<T>,
  ): Promise<T> => {
    const warnings: string[] = [];
    const storage = await openStorage({
      dataDir: join(dataDir, encodeURIComponent(url)),
      databaseUrl: url,
      clock: new FakeClock(),
      logger: { ...silentLogger, warn: (_fields, message) => warnings.push(message) },
    });
    try {
      return await work(storage, warnings);
    } finally {
      await storage.close();
    }
  };

  test('the search has its trigram index', async () => {
    const url = await server.createDatabase('indexed');
    await withStorage(url, async (_storage, warnings) => assert.deepEqual(warnings, []));
    const rows = await run(url, "select indexdef from pg_indexes where indexname = 'numbers_search'");
    assert.match(String(rows[0]?.indexdef), /gin.*gin_trgm_ops/);
  });

  test('without the right to make the extension the search works, and says that it is slower', async () => {
    const url = await server.createDatabase('modest');
    await run(
      url,
      "create role modest login password 'unused'",
      'revoke all on database modest from public',
      'grant connect on database modest to modest',
      'grant create, usage on schema public to modest',
    );
    const modest = url.replace('offhook@', 'modest@');
    await withStorage(modest, async (storage, warnings) => {
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /pg_trgm/);
      await storage.numbers.insert(aNumber({ name: 'Sales Berlin' }));
      assert.equal((await storage.numbers.page(ORG, { limit: 5, search: 'BERL' })).total, 1);
      assert.equal((await storage.numbers.page(ORG, { limit: 5, search: 'be%l' })).total, 0);
    });
    // Once the right is there, the next start makes up for it.
    await run(url, 'grant create on database modest to modest');
    await withStorage(modest, async (storage, warnings) => {
      assert.deepEqual(warnings, []);
      assert.equal((await storage.numbers.page(ORG, { limit: 5, search: 'BERL' })).total, 1);
    });
  });

  test('several nodes that start at once on a new database agree on one schema', async () => {
    const url = await server.createDatabase('nodes');
    const secretKey = 'ab'.repeat(32);
    const nodes = await Promise.all(
      Array.from({ length: 4 }, () =>
        openStorage({ dataDir, databaseUrl: url, secretKey, clock: new FakeClock(), logger: silentLogger }),
      ),
    );
    try {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          (nodes[index % nodes.length] as Storage).numbers.insert(aNumber({ sipUri: 'sip:one@x' })),
        ),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    } finally {
      for (const node of nodes) await node.close();
    }
  });

  test('a connection that the server drops costs the request, not the process', async () => {
    const url = await server.createDatabase('dropped');
    await withStorage(url, async (storage, warnings) => {
      const number = aNumber();
      await storage.numbers.insert(number);
      const update = storage.numbers.update(ORG, number.id, (current) => ({ ...current, name: 'first' }));
      await update;
      const drop = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'offhook'`;
      await run(url, drop);
      // The pool may hand out a connection that it does not yet know to be dead; the next one is new.
      let lost = 0;
      let found: unknown;
      while (found === undefined) {
        try {
          found = await storage.numbers.get(ORG, number.id);
        } catch (error) {
          assert.ok(error instanceof ExchangeError && error.code === 'storage-failed', String(error));
          lost += 1;
          assert.ok(lost <= 10);
        }
      }
      assert.deepEqual(found, { ...number, name: 'first' });
      assert.ok(warnings.every((message) => message === 'database connection lost'));
    });
  });

  test('a server that is not there, or a URL that is none, is one clear line without the password', async () => {
    const failure = async (databaseUrl: string): Promise<StorageOpenError> => {
      try {
        await (
          await openStorage({ dataDir, databaseUrl, clock: new FakeClock(), logger: silentLogger })
        ).close();
      } catch (error) {
        assert.ok(error instanceof StorageOpenError, String(error));
        assert.equal(error.code, 'database-unreachable');
        assert.doesNotMatch(error.message, /hunter2|\n/);
        return error;
      }
      throw new assert.AssertionError({ message: 'the storage opened' });
    };
    const absent = await failure('postgresql://offhook:hunter2@127.0.0.1:1/none');
    assert.match(absent.message, /127\.0\.0\.1:1, database none/);
    const unknown = await failure(server.url.replace('/offhook?', '/unknown?'));
    assert.match(unknown.message, /database "unknown" does not exist/);
    await failure('postgresql://user:hunter2@[::1/x');
  });

  test('a key of another node is refused', async () => {
    const url = await server.createDatabase('keyed');
    await withStorage(url, async () => {});
    await assert.rejects(
      openStorage({
        dataDir,
        databaseUrl: url,
        secretKey: 'f'.repeat(64),
        clock: new FakeClock(),
        logger: silentLogger,
      }),
      (error) => error instanceof StorageOpenError && error.code === 'secret-key-wrong',
    );
  });
});
