import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { Secret } from '../../src/lib/secret.ts';
import { claimDataDir } from '../../src/storage/data-dir-lock.ts';
import { nodeIdOf } from '../../src/storage/node-id.ts';
import { openEngine, openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { type RotationOptions, rotateSecrets } from '../../src/storage/secrets/rotate-secrets.ts';
import { SEALED_COLUMNS } from '../../src/storage/secrets/sealed-columns.ts';
import type { StorageOpenFailure } from '../../src/storage/storage-open-error.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { aCall, aNumber, anAgent, anEvent, aPart, aTrunk, ORG } from './storage-samples.ts';

const ROTATOR = fileURLToPath(new URL('./secret-rotator.ts', import.meta.url));
/** Rows of the large store: several batches. */
const MANY = 450;
const KILLS = 6;
const NEW_KEY = 'ab'.repeat(32);

let postgres: TestPostgres | undefined;
before(async () => {
  postgres = await startPostgres();
});
after(() => postgres?.stop());

for (const name of ['SQLite', 'PostgreSQL'])
  describe(`changing the secret key on ${name}`, () => {
    let dataDir: string;
    let databaseUrl: string | undefined;
    let made = 0;

    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
      made += 1;
      databaseUrl = name === 'SQLite' ? undefined : await postgres?.createDatabase(`rotation${made}`);
    });
    afterEach(() => rm(dataDir, { recursive: true, force: true }));

    const base = () => ({ dataDir, databaseUrl, clock: new FakeClock(), logger: silentLogger });
    const rotate = (options: Partial<RotationOptions> = {}) => rotateSecrets({ ...base(), ...options });
    const keyFile = () => join(dataDir, 'secret.key');

    async function withStorage<T>(work: (storage: Storage) => Promise<T>, secretKey?: string): Promise<T> {
      const storage = await openStorage({ ...base(), secretKey });
      try {
        return await work(storage);
      } finally {
        await storage.close();
      }
    }

    const refuses = (attempt: Promise<unknown>, code: StorageOpenFailure, message: RegExp) =>
      assert.rejects(attempt, (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });

    /** One secret in every kind of document that can hold one. @returns what reads them all back. */
    async function fill(storage: Storage): Promise<(later: Storage) => Promise<string[]>> {
      const number = aNumber({ server: { secret: new Secret('of a number') } });
      const agent = anAgent({ vendorKeys: { openai: new Secret('of an agent') } });
      const trunk = aTrunk();
      const call = aCall();
      const event = anEvent(call, 'call.ringing', { deep: [{ secret: new Secret('of an event') }] });
      const org = { id: ORG, name: 'o', createdAt: 1, server: { secret: new Secret('of an org') } };
      await storage.orgs.insertOrg(org);
      await storage.numbers.insert(number);
      await storage.agents.insert(agent);
      await storage.credentials.insert(trunk);
      const server = { url: 'https://example.com/', secret: new Secret('of a delivery') };
      const delivery = {
        id: newId(),
        orgId: ORG,
        streamId: call.id,
        type: 'hang',
        server,
        body: '{}',
        createdAt: 1,
      };
      await storage.calls.insert(call, [event], [delivery]);
      const owned = { id: newId(), orgId: ORG, createdAt: 1, updatedAt: 1 };
      const member = {
        agent: anAgent({ server: { secret: new Secret('of a squad') } }),
        destinations: [],
        extras: {},
      };
      await storage.squads.insert({ ...owned, members: [member], extras: {} });
      const tool = { type: 'function', server: { secret: new Secret('of a tool') }, settings: {} };
      await storage.tools.insert({ ...owned, tool });
      const part = aPart('vector-database');
      await storage.parts.insert(part);
      return async (later) => {
        const [oneNumber, oneAgent, oneTrunk, events, oneOrg] = [
          await later.numbers.get(ORG, number.id),
          await later.agents.get(ORG, agent.id),
          await later.credentials.get(ORG, trunk.id),
          await later.calls.events(ORG, call.id),
          await later.orgs.getOrg(ORG),
        ];
        const [oneSquad, oneTool, oneDelivery] = [
          await later.squads.get(ORG, owned.id),
          await later.tools.get(ORG, owned.id),
          await later.deliveries.get(ORG, delivery.id),
        ];
        const onePart = await later.parts.get(ORG, 'vector-database', part.id);
        assert.ok(oneTrunk?.provider === 'byo-sip-trunk');
        const [inEvent] = (events[0]?.data.deep ?? []) as { secret: Secret }[];
        return [
          oneNumber?.server?.secret,
          oneAgent?.vendorKeys?.openai,
          oneTrunk.outboundAuthenticationPlan?.authPassword,
          inEvent?.secret,
          oneOrg?.server?.secret,
          oneSquad?.members[0]?.agent?.server?.secret,
          oneTool?.tool.server?.secret,
          onePart?.database.apiKey,
          oneDelivery?.server.secret,
        ].map((value) => value?.reveal() ?? 'lost');
      };
    }
    const SECRETS = [
      'of a number',
      'of an agent',
      'trunk-password-51',
      'of an event',
      'of an org',
      'of a squad',
      'of a tool',
      'of a part',
      'of a delivery',
    ];

    /** Ids of the keys whose envelopes are in the database, whatever the column. */
    async function keyIds(): Promise<string[]> {
      const engine = await openEngine(base());
      try {
        const ids = new Set<string>();
        for (const { table, column } of SEALED_COLUMNS) {
          const { rows } = await sql<{ text: string }>`
            select ${sql.ref(column)} as text from ${sql.table(table)}`.execute(engine.main);
          for (const { text } of rows)
            for (const [, id = ''] of text.matchAll(/"v1:([0-9a-f]{8}):/g)) ids.add(id);
        }
        return [...ids];
      } finally {
        await engine.close();
      }
    }

    /** A database server needs a moment to see that a killed process is gone. */
    const alone = () =>
      until('the killed process is gone', async () => {
        const engine = await openEngine(base());
        try {
          return (await engine.main.transaction().execute((tx) => engine.otherSessions(tx))) === 0;
        } finally {
          await engine.close();
        }
      });

    test('makes a key that opens every secret, and keeps the old one for old backups', async () => {
      const read = await withStorage(fill);
      const oldKey = await readFile(keyFile(), 'utf8');
      const [oldId] = await keyIds();
      const rotation = await rotate();
      assert.equal(rotation.rows, SECRETS.length);
      assert.deepEqual(rotation.unreadable, []);
      assert.notEqual(await readFile(keyFile(), 'utf8'), oldKey);
      assert.equal(rotation.oldKeyFile, `${keyFile()}.${oldId}.old`);
      assert.equal(await readFile(rotation.oldKeyFile, 'utf8'), oldKey);
      const ids = await keyIds();
      assert.equal(ids.length, 1);
      assert.notEqual(ids[0], oldId);
      assert.deepEqual(await withStorage(read), SECRETS);
      await refuses(withStorage(read, oldKey), 'secret-key-wrong', /is not the key/);
    });

    test('takes the key from a file, and leaves the key file of the data folder alone', async () => {
      const read = await withStorage(fill, 'a passphrase of old');
      const newKeyFile = join(dataDir, 'given');
      await writeFile(newKeyFile, `${NEW_KEY}\n`, { mode: 0o600 });
      const rotation = await rotate({ secretKey: 'a passphrase of old', newKeyFile });
      assert.deepEqual([rotation.keyFile, rotation.oldKeyFile], [undefined, undefined]);
      assert.equal(
        (await readdir(dataDir)).some((file) => file.startsWith('secret.key')),
        false,
      );
      assert.deepEqual(await withStorage(read, NEW_KEY), SECRETS);
      await refuses(
        rotate({ secretKey: NEW_KEY, newKeyFile }),
        'secret-rotation-refused',
        /is the one that is/,
      );
    });

    test('covers every column that holds documents or secrets', async () => {
      await withStorage(fill);
      const engine = await openEngine(base());
      try {
        const listed = new Set(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`));
        const seen: string[] = [];
        for (const table of await engine.main.introspection.getTables())
          for (const { name: column, dataType } of table.columns) {
            if (dataType.toLowerCase() !== 'text') continue;
            const { rows } = await sql<object>`
              select 1 from ${sql.table(table.name)}
              where ${sql.ref(column)} like '%"$secret":"v1:%' limit 1`.execute(engine.main);
            if (rows.length > 0 || column === 'doc') seen.push(`${table.name}.${column}`);
          }
        assert.deepEqual(seen.sort(), [...listed].sort());
      } finally {
        await engine.close();
      }
    });

    test('killed at any batch, it goes on where it was; until then nobody opens the database', async () => {
      const ids: string[] = [];
      const read = await withStorage(async (storage) => {
        for (let index = 0; index < MANY; index += 1) {
          const number = aNumber({ server: { secret: new Secret(`secret ${index}`) } });
          ids.push(number.id);
          await storage.numbers.insert(number);
        }
        return fill(storage);
      });
      let killed = 0;
      for (let round = 0; round < KILLS; round += 1) {
        const line = await killAtBatch(1 + (round % 3), databaseUrl ? [dataDir, databaseUrl] : [dataDir]);
        if (line === 'done') break;
        killed += 1;
        await alone();
        await refuses(withStorage(read), 'secret-rotation-unfinished', /run offhook secrets rotate again/);
      }
      assert.ok(killed > 0, 'the first run was killed amid its work');
      await rotate();
      assert.equal((await keyIds()).length, 1);
      await withStorage(async (storage) => {
        assert.deepEqual(await read(storage), SECRETS);
        for (const [index, id] of ids.entries())
          assert.equal((await storage.numbers.get(ORG, id))?.server?.secret?.reveal(), `secret ${index}`);
      });
    });

    test('broken off between the last record and the key file, it only puts the key in its place', async () => {
      const read = await withStorage(fill);
      const oldKey = `${keyFile()}.kept`;
      await copyFile(keyFile(), oldKey);
      const { oldKeyFile = '' } = await rotate();
      // As it was before the two last steps.
      await rename(keyFile(), join(dataDir, 'secret.key.next'));
      await copyFile(oldKey, keyFile());
      const again = await rotate();
      assert.deepEqual([again.rows, again.oldKeyFile], [0, oldKeyFile]);
      assert.deepEqual(await withStorage(read), SECRETS);
    });

    test('broken off on the way to one new key, it does not go to another', async () => {
      await withStorage(fill);
      const stop = new Error('stopped');
      const newKeyFile = join(dataDir, 'given');
      await writeFile(newKeyFile, NEW_KEY, { mode: 0o600 });
      const broken = rotate({
        newKeyFile,
        onBatch: () => {
          throw stop;
        },
      });
      await assert.rejects(broken, stop);
      await refuses(rotate(), 'secret-rotation-refused', /to another new key was begun/);
      assert.ok((await rotate({ newKeyFile })).rows > 0);
    });

    test('is refused while an exchange runs, without the old key, and where nothing is stored', async () => {
      await refuses(rotate(), 'secret-rotation-refused', /Nothing is stored here yet/);
      await withStorage(fill);
      const release = await claimDataDir(dataDir, await nodeIdOf(dataDir));
      await refuses(rotate(), 'data-dir-in-use', /in use by another exchange/);
      await release();
      await refuses(rotate({ secretKey: 'not the key of it' }), 'secret-key-wrong', /present secret key/);
      await refuses(
        rotate({ newKeyFile: join(dataDir, 'none') }),
        'secret-rotation-refused',
        /There is no file/,
      );
      if (databaseUrl)
        await withStorage(() =>
          refuses(rotate(), 'secret-rotation-refused', /Another process uses this database/),
        );
      await withStorage(async (storage) => assert.ok(await storage.orgs.getOrg(ORG)));
    });
  });

/** Starts a rotation and kills it once it has told of so many batches. @returns its last line. */
async function killAtBatch(batches: number, args: string[]): Promise<string> {
  const child = spawn(process.execPath, [ROTATOR, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = '';
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    seen += 1;
    if (seen === batches) child.kill('SIGKILL');
  }
  await exited;
  return last;
}
