import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Beside the checkout, unless `OFFHOOK_SPECS` names another folder. */
const DEFAULT_FOLDER = resolve(import.meta.dirname, '../../../shared');

/**
 * The folder with the vendors' documents and the RFC messages, which are not part of the project.
 * @returns undefined where there is none: tests that need it say that they were left out.
 * @throws in CI, where they must run.
 */
export function specsDir(): string | undefined {
  const folder = process.env.OFFHOOK_SPECS ?? DEFAULT_FOLDER;
  if (existsSync(folder)) return folder;
  if (process.env.CI === 'true' || process.env.OFFHOOK_SPECS !== undefined) {
    throw new Error(`no specifications at ${folder}: set OFFHOOK_SPECS to their folder`);
  }
  return undefined;
}

/** A JSON document below the `specs` of that folder. */
export function readSpec(name: string): Record<string, unknown> | undefined {
  const folder = specsDir();
  if (folder === undefined) return undefined;
  const file = join(folder, 'specs', name);
  if (!existsSync(file)) throw new Error(`${name} is missing in ${dirname(file)}`);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}
