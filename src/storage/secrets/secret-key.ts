import { randomBytes, scryptSync } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../lib/logger.ts';
import { createOnce } from '../create-once.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import { SECRET_KEY_BYTES } from './secret-box.ts';

export const SECRET_KEY_FILE = 'secret.key';
const OTHERS = 0o077;
/** Shortest passphrase taken for a key, in characters. */
const MIN_PASSPHRASE_LENGTH = 16;
/** The same passphrase must give the same key on every node, so the salt is fixed and only names the purpose. */
const PASSPHRASE_SALT = 'offhook secret key 1';

/**
 * Reads a key as 64 hex digits, as base64 of 32 bytes, or derives it from a passphrase.
 * @throws {StorageOpenError} `secret-key-invalid`
 */
function parseSecretKey(text: string, source: string): Buffer {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[\w+/-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  if (trimmed.length < MIN_PASSPHRASE_LENGTH)
    throw new StorageOpenError(
      'secret-key-invalid',
      `${source} is too short: give 64 hex digits (openssl rand -hex 32) or at least ${MIN_PASSPHRASE_LENGTH} characters.`,
    );
  return scryptSync(trimmed, PASSPHRASE_SALT, SECRET_KEY_BYTES);
}

/**
 * The key in a file, if there is one.
 * @throws {StorageOpenError} `data-dir-unusable`, `secret-key-invalid`
 */
export async function readKeyFile(path: string, logger: Logger): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0)
      logger.warn({ path }, 'other users of this machine can read the secret key: chmod 600');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StorageOpenError(
      'data-dir-unusable',
      `The secret key ${path} cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
  return parseSecretKey(text, path);
}

export interface SecretKeySource {
  /** The key from the environment; outranks the file. */
  given?: string | undefined;
  /** Folder of `secret.key`; unset for a database in memory, whose key ends with it. */
  dataDir?: string | undefined;
  logger: Logger;
}

/** @returns the key that is there, or undefined where none was ever given or made. */
export async function findSecretKey({
  given,
  dataDir,
  logger,
}: SecretKeySource): Promise<Buffer | undefined> {
  if (given !== undefined) return parseSecretKey(given, 'OFFHOOK_SECRET_KEY');
  return dataDir === undefined ? undefined : readKeyFile(join(dataDir, SECRET_KEY_FILE), logger);
}

/** Makes the key of a new database. */
export async function createSecretKey({ dataDir, logger }: SecretKeySource): Promise<Buffer> {
  if (dataDir === undefined) return randomBytes(SECRET_KEY_BYTES);
  return createKeyFile(join(dataDir, SECRET_KEY_FILE), logger);
}

/** The key in the file, made where there is none. @throws {StorageOpenError} */
export async function createKeyFile(path: string, logger: Logger): Promise<Buffer> {
  try {
    const made = await createOnce(path, `${randomBytes(SECRET_KEY_BYTES).toString('hex')}\n`);
    if (made)
      logger.info({ path }, 'secret key made: stored passwords cannot be read without it, so keep a copy');
  } catch (error) {
    throw new StorageOpenError(
      'data-dir-unusable',
      `The secret key ${path} cannot be written: ${(error as Error).message}.`,
      { cause: error },
    );
  }
  const key = await readKeyFile(path, logger);
  if (key) return key;
  throw new StorageOpenError('data-dir-unusable', `The secret key ${path} vanished while it was made.`);
}
