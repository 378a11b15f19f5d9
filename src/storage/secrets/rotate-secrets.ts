import { link, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { syncFolder } from '../create-once.ts';
import { claimDataDir } from '../data-dir-lock.ts';
import type { Engine } from '../engines/engine.ts';
import { IN_MEMORY } from '../engines/sqlite.ts';
import { migrate } from '../migrations/migrate.ts';
import { nodeIdOf } from '../node-id.ts';
import { openEngine, type StorageOptions, startError } from '../open-storage.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import { KEY_CHECK, NEXT_KEY_CHECK, opensCheck, readCheck, sealCheck } from './key-check.ts';
import { type Resealed, resealAll } from './reseal.ts';
import { keyIdOf, SecretBox } from './secret-box.ts';
import { createKeyFile, findSecretKey, readKeyFile, SECRET_KEY_FILE } from './secret-key.ts';

/** Holds a key that was made here until every secret is under it. */
const NEXT_KEY_FILE = 'secret.key.next';

export interface RotationOptions extends StorageOptions {
  /** File with the new key; unset: one is made, and becomes the key file of the data folder. */
  newKeyFile?: string | undefined;
  /** Called after each commit with the rows done so far. */
  onBatch?: (rows: number) => void;
}

export interface Rotation extends Resealed {
  /** The key file of the data folder, where the new key was made. */
  keyFile?: string;
  /** Where the key that was in that file went: backups from before need it. */
  oldKeyFile?: string;
}

interface Keys {
  /** Unset where a broken-off rotation has already put it away. */
  oldKey: Buffer | undefined;
  newKey: Buffer;
}

/**
 * Seals every stored secret under a new key. No exchange may run on the database meanwhile. Broken off at any moment,
 * it is taken up by the next call; until then the database is not opened.
 * @throws {StorageOpenError} with one line for the operator.
 */
export async function rotateSecrets(options: RotationOptions): Promise<Rotation> {
  if (options.dataDir === IN_MEMORY)
    throw refusal('A database in memory keeps no secret beyond its process: there is nothing to change.');
  const dataDir = resolve(options.dataDir);
  const release = await claimDataDir(dataDir, await nodeIdOf(dataDir));
  try {
    const engine = await openEngine({ ...options, dataDir });
    try {
      await migrate(engine, options);
      return await rotate(engine, { ...options, dataDir });
    } catch (error) {
      throw startError(engine, error);
    } finally {
      await engine.close();
    }
  } finally {
    await release();
  }
}

async function rotate(engine: Engine, options: RotationOptions): Promise<Rotation> {
  const keys = await keysOf(options);
  const phase = await begin(engine, keys);
  let resealed: Resealed = { rows: 0, unreadable: [] };
  if (phase !== 'sealed') {
    resealed = await resealAll(engine, phase, options.onBatch ?? (() => {}));
    await finish(engine, new SecretBox([keys.newKey]));
  }
  return { ...resealed, ...(options.newKeyFile === undefined && (await swapKeyFiles(options, keys))) };
}

async function keysOf({ dataDir, secretKey, newKeyFile, logger }: RotationOptions): Promise<Keys> {
  const oldKey = await findSecretKey({ given: secretKey, dataDir, logger });
  if (newKeyFile === undefined)
    return { oldKey, newKey: await createKeyFile(join(dataDir, NEXT_KEY_FILE), logger) };
  const newKey = await readKeyFile(newKeyFile, logger);
  if (newKey) return { oldKey, newKey };
  throw refusal(
    `There is no file ${newKeyFile}: write the new key into it, such as openssl rand -hex 32 makes.`,
  );
}

/**
 * Marks the database as being under way to the new key; from then on nobody opens it.
 * @returns both keys, or `sealed` where every secret is under the new key already.
 */
async function begin(
  engine: Engine,
  { oldKey, newKey }: Keys,
): Promise<{ oldKey: Buffer; newKey: Buffer } | 'sealed'> {
  const newBox = new SecretBox([newKey]);
  return engine.main.transaction().execute(async (tx) => {
    await engine.lockSchema(tx);
    const [check, next] = [await readCheck(tx, KEY_CHECK), await readCheck(tx, NEXT_KEY_CHECK)];
    if (check === undefined) throw refusal('Nothing is stored here yet: there is no secret key to change.');
    if (opensCheck(newBox, KEY_CHECK, check)) {
      if (oldKey?.equals(newKey)) throw refusal('The new secret key is the one that is in use.');
      return 'sealed';
    }
    if (!oldKey || !opensCheck(new SecretBox([oldKey]), KEY_CHECK, check))
      throw new StorageOpenError(
        oldKey ? 'secret-key-wrong' : 'secret-key-missing',
        `The present secret key of this database is needed to change it: set OFFHOOK_SECRET_KEY or put ${SECRET_KEY_FILE} into the data folder.`,
      );
    if (next !== undefined && !opensCheck(newBox, NEXT_KEY_CHECK, next))
      throw refusal('A change to another new key was begun and broke off: give that key again to end it.');
    // Sessions that come after this transaction find its mark.
    if ((await engine.otherSessions(tx)) > 0)
      throw refusal(
        'Another process uses this database: end every exchange on it before its secret key is changed.',
      );
    if (next === undefined)
      await tx
        .insertInto('meta')
        .values({ key: NEXT_KEY_CHECK, value: sealCheck(newBox, NEXT_KEY_CHECK) })
        .execute();
    return { oldKey, newKey };
  });
}

async function finish(engine: Engine, newBox: SecretBox): Promise<void> {
  await engine.main.transaction().execute(async (tx) => {
    await tx
      .updateTable('meta')
      .set({ value: sealCheck(newBox, KEY_CHECK) })
      .where('key', '=', KEY_CHECK)
      .execute();
    await tx.deleteFrom('meta').where('key', '=', NEXT_KEY_CHECK).execute();
  });
}

/** The old key is kept under its id, and the new one takes its place in one step. */
async function swapKeyFiles(
  { dataDir, logger }: RotationOptions,
  { newKey }: Keys,
): Promise<Pick<Rotation, 'keyFile' | 'oldKeyFile'>> {
  const keyFile = join(dataDir, SECRET_KEY_FILE);
  const present = await readKeyFile(keyFile, logger);
  const old = present && !present.equals(newKey) ? `${keyFile}.${keyIdOf(present)}.old` : undefined;
  if (old !== undefined) await linkUnlessThere(keyFile, old);
  await rename(join(dataDir, NEXT_KEY_FILE), keyFile);
  await syncFolder(dataDir);
  return { keyFile, ...(old !== undefined && { oldKeyFile: old }) };
}

async function linkUnlessThere(path: string, copy: string): Promise<void> {
  try {
    await link(path, copy);
  } catch (error) {
    // A run that broke off here has kept it already.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function refusal(message: string): StorageOpenError {
  return new StorageOpenError('secret-rotation-refused', message);
}
