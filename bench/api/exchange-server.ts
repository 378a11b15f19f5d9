/** The HTTP face of the exchange over a SQLite file with so many numbers, in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer } from '../../src/api/http-server.ts';
import { createApiKey } from '../../src/domain/orgs/api-key.ts';
import { LiveCalls } from '../../src/flow/live/live-calls.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { seedNumbers } from './seed-numbers.ts';

export interface ExchangeServerConfig {
  /** Numbers that the org has before the first request. */
  numbers: number;
}

export interface ExchangeServerReady {
  port: number;
  key: string;
  /** Ids of seeded numbers. */
  ids: string[];
  seedMs: number;
}

async function start({ numbers }: ExchangeServerConfig): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-bench-'));
  const logger = createLogger('warn');
  const options = { dataDir, clock: systemClock, logger };
  const orgId = newId();
  const { key, hash, prefix } = createApiKey();
  const empty = await openStorage(options);
  await empty.orgs.insertOrg({ id: orgId, name: 'Bench', createdAt: Date.now() });
  await empty.orgs.insertKey({ id: newId(), orgId, prefix, createdAt: Date.now() }, hash);
  await empty.close();
  const { ids, tookMs: seedMs } = seedNumbers(dataDir, orgId, numbers);

  const storage = await openStorage(options);
  const http = createHttpServer({
    repositories: storage,
    live: new LiveCalls(),
    trunkReports: { reportsOf: () => [], reportOf: () => undefined },
    clock: systemClock,
    logger,
    version: '0.0.0-bench',
    sipDomain: () => 'sip.bench.test',
    publicUrl: () => 'http://127.0.0.1',
    recordingsDir: dataDir,
    health: () => 'ready',
  });
  const port = await http.listen({ host: '127.0.0.1', port: 0 });
  return {
    ready: { port, key, ids, seedMs } satisfies ExchangeServerReady,
    async close() {
      await http.close();
      await storage.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

await serveParent(start);
