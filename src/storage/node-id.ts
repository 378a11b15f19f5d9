import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid, newId } from '../lib/ids.ts';
import { createOnce } from './create-once.ts';
import { StorageOpenError } from './storage-open-error.ts';

const NODE_ID_FILE = 'node.id';

/**
 * The id of the exchange that runs on this data folder, the same after each restart: calls are marked with it, so that
 * after a crash a node closes its own calls and not those of the others on the same database.
 * @throws {StorageOpenError} when the folder cannot be used or the file holds no id.
 */
export async function nodeIdOf(dataDir: string): Promise<string> {
  const path = join(dataDir, NODE_ID_FILE);
  let text: string;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await createOnce(path, `${newId()}\n`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new StorageOpenError(
      'data-dir-unusable',
      `The node id ${path} cannot be kept: ${(error as Error).message}.`,
      {
        cause: error,
      },
    );
  }
  const id = text.trim();
  if (!isUuid(id))
    throw new StorageOpenError(
      'data-dir-unusable',
      `The file ${path} holds no node id: remove it to get a new one.`,
    );
  return id;
}
