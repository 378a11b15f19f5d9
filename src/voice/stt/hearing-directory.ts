import { access, constants, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Memory on Linux: callers' audio does not touch a disk. */
const MEMORY_DIRECTORY = '/dev/shm';
const PREFIX = 'offhook-hearing-';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a process that was killed could not remove. */
async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : Number.NaN;
    if (Number.isInteger(owner) && owner > 0 && !isRunning(owner)) {
      // Another user's cannot be removed, and need not be.
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** A new directory for segments and grammars that only this user can read; its name holds our process id. */
export async function makeHearingDirectory(): Promise<string> {
  const inMemory = await access(MEMORY_DIRECTORY, constants.W_OK).then(
    () => true,
    () => false,
  );
  const parent = inMemory ? MEMORY_DIRECTORY : tmpdir();
  await removeStale(parent);
  return mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}
