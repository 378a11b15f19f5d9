import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '../../src/lib/fake-clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

/** Where storages of one engine are opened, on the same data each time. */
export interface StorageHouse {
  open(): Promise<Storage>;
  stop(): Promise<void>;
}

async function sqliteHouse(): Promise<StorageHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
  return {
    open: () => openStorage({ dataDir, clock: new FakeClock(), logger: silentLogger }),
    stop: () => rm(dataDir, { recursive: true, force: true }),
  };
}

async function postgresHouse(): Promise<StorageHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-'));
  let server: TestPostgres | undefined;
  try {
    server = await startPostgres();
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  const { url, stop } = server;
  return {
    open: () => openStorage({ dataDir, databaseUrl: url, clock: new FakeClock(), logger: silentLogger }),
    async stop() {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const ENGINES = [
  ['sqlite', sqliteHouse],
  ['postgres', postgresHouse],
] as const;
