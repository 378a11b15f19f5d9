import { parseArgs } from 'node:util';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { openStorage } from '../storage/open-storage.ts';
import { events } from './events.ts';

export { EVENTS_USAGE } from './events.ts';

const text = { type: 'string' } as const;

/** Opens the store beside a running exchange (or without one) and runs `offhook events`. */
export async function eventsCommand(settings: Settings, args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      org: text,
      status: text,
      type: text,
      call: text,
      endpoint: text,
      since: text,
      limit: text,
    },
  });
  const storage = await openStorage({
    dataDir: settings.OFFHOOK_DATA_DIR,
    databaseUrl: settings.OFFHOOK_DATABASE_URL?.reveal(),
    secretKey: settings.OFFHOOK_SECRET_KEY?.reveal(),
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    for (const line of await events(storage, positionals, values, systemClock.now()))
      process.stdout.write(`${line}\n`);
  } finally {
    await storage.close();
  }
}
