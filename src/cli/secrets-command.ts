import { parseArgs } from 'node:util';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { type Rotation, rotateSecrets } from '../storage/secrets/rotate-secrets.ts';
import { CommandError } from './command-error.ts';

export const SECRETS_USAGE = `usage: offhook secrets rotate [--new-key-file FILE]

Puts all stored passwords and keys under a new secret key. End the exchange first; on PostgreSQL, every one of them.
Without --new-key-file a key is made and becomes secret.key in the data folder. With it, the key in the file is used:
64 hex digits, base64 of 32 bytes, or a passphrase. Broken off, the same command takes it up again.`;

/** Runs `offhook secrets`. */
export async function secretsCommand(settings: Settings, args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'new-key-file': { type: 'string' } },
  });
  if (positionals.length !== 1 || positionals[0] !== 'rotate') throw new CommandError(SECRETS_USAGE);
  const rotation = await rotateSecrets({
    dataDir: settings.OFFHOOK_DATA_DIR,
    databaseUrl: settings.OFFHOOK_DATABASE_URL?.reveal(),
    secretKey: settings.OFFHOOK_SECRET_KEY?.reveal(),
    newKeyFile: values['new-key-file'],
    clock: systemClock,
    logger: silentLogger,
  });
  const given = settings.OFFHOOK_SECRET_KEY !== undefined;
  for (const line of linesOf(rotation, given)) process.stdout.write(`${line}\n`);
}

/** What was done, and what the operator has to do now. @param given the old key came by OFFHOOK_SECRET_KEY. */
export function linesOf({ rows, unreadable, keyFile, oldKeyFile }: Rotation, given: boolean): string[] {
  const lines = [`${rows} ${rows === 1 ? 'record is' : 'records are'} under the new secret key`];
  if (unreadable.length > 0)
    lines.push(
      `${unreadable.length} could not be opened with the old key and stay: ${unreadable.join(', ')}`,
    );
  if (keyFile === undefined) lines.push('set OFFHOOK_SECRET_KEY to the new key before the next start');
  else lines.push(`the new key is in ${keyFile}: keep a copy`);
  if (keyFile !== undefined && given)
    lines.push('unset OFFHOOK_SECRET_KEY, or set it to the key in that file, before the next start');
  if (oldKeyFile !== undefined)
    lines.push(`the old key is in ${oldKeyFile}: only backups from before need it`);
  return lines;
}
