import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { newId } from '../lib/ids.ts';

const OWNER_ONLY = 0o600;

/**
 * Makes a file that only its owner reads, whole and durable or not at all. Where there is one already, it stands.
 * @returns whether this call made it.
 */
export async function createOnce(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${newId()}`;
  const file = await open(draft, 'w', OWNER_ONLY);
  try {
    await file.writeFile(content);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

/** A file's name is durable only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
