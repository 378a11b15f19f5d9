import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Where Debian's package pocketsphinx-en-us puts the model. */
export const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';

const PROGRAMS = [
  { program: 'pocketsphinx_batch', debianPackage: 'pocketsphinx' },
  { program: 'stdbuf', debianPackage: 'coreutils' },
] as const;
const MODEL_FILES = ['en-us/mdef', 'en-us.lm.bin', 'cmudict-en-us.dict'];

export type PocketsphinxAvailability = { ok: true } | { ok: false; missing: string[] };

async function readable(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

async function onPath(program: string, path: string): Promise<boolean> {
  for (const directory of path.split(delimiter)) {
    if (directory !== '' && (await readable(join(directory, program), constants.X_OK))) return true;
  }
  return false;
}

/** Looks for the programs and the model that the offline transcriber runs. @returns what to install, in words. */
export async function pocketsphinxAvailable(
  modelDirectory: string = MODEL_DIRECTORY,
  path: string = process.env.PATH ?? '',
): Promise<PocketsphinxAvailability> {
  const missing: string[] = [];
  for (const { program, debianPackage } of PROGRAMS) {
    if (!(await onPath(program, path))) missing.push(`${program} (Debian package ${debianPackage})`);
  }
  const files = await Promise.all(
    MODEL_FILES.map((file) => readable(join(modelDirectory, file), constants.R_OK)),
  );
  if (files.includes(false)) {
    missing.push(`the model in ${modelDirectory} (Debian package pocketsphinx-en-us)`);
  }
  return missing.length === 0 ? { ok: true } : { ok: false, missing };
}
