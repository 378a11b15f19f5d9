import { parseArgs } from 'node:util';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { openStorage } from '../storage/open-storage.ts';
import { keys } from './keys.ts';

export { KEYS_USAGE } from './keys.ts';

/** Opens the store beside a running exchange (or without one) and runs `offhook keys`. */
export async function keysCommand(settings: Settings, args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { org: { type: 'string' }, name: { type: 'string' }, dialect: { type: 'string' } },
  });
  const storage = await openStorage({
    dataDir: settings.OFFHOOK_DATA_DIR,
    databaseUrl: settings.OFFHOOK_DATABASE_URL?.reveal(),
    secretKey: settings.OFFHOOK_SECRET_KEY?.reveal(),
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    for (const line of await keys(storage.orgs, positionals, values)) process.stdout.write(`${line}\n`);
  } finally {
    await storage.close();
  }
}
