import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { widerRecordingPath } from '../../lib/wider-recording-path.ts';
import { FileReply } from './route.ts';

/**
 * Opens a recording for sending.
 * @param file a bare file name; anything with a path in it is refused, whoever wrote it.
 * @returns undefined when there is no such regular file.
 */
export async function openRecording(folder: string, file: string): Promise<FileReply | undefined> {
  if (!isBareName(file)) return undefined;
  try {
    // No symbolic link may lead out of the folder; O_NONBLOCK so that a pipe cannot hold the request.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(join(folder, file), flags);
    const info = await handle.stat();
    if (!info.isFile()) {
      await handle.close();
      return undefined;
    }
    // A recording still being written grows while it is sent: only what is there now is promised.
    if (info.size === 0) {
      await handle.close();
      return undefined;
    }
    const stream = handle.createReadStream({ end: info.size - 1 });
    return new FileReply(stream, 'audio/wav', info.size);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Removes a recording, and what a killed process may have left of a wider form of it; what is gone already is no failure.
 * @throws the file system's error.
 */
export async function removeRecording(folder: string, file: string): Promise<void> {
  if (!isBareName(file)) return;
  const path = join(folder, file);
  await rm(widerRecordingPath(path), { force: true });
  await rm(path, { force: true });
}

function isBareName(file: string): boolean {
  return file !== '' && file === basename(file) && !file.startsWith('.') && !file.includes('\0');
}
