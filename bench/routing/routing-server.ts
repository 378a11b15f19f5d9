/** The exchange as `npm start` runs it, over a SQLite file with so many numbers, all bound to one agent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { loadConfig } from '../../src/config/load-config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { startOffhook } from '../../src/main.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { seedNumbers } from '../api/seed-numbers.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';

export interface RoutingServerConfig {
  numbers: number;
}

export interface RoutingServerReady {
  port: number;
  seedMs: number;
}

async function start({ numbers }: RoutingServerConfig): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-bench-routing-'));
  const orgId = newId();
  const agentId = newId();
  const now = systemClock.now();
  const storage = await openStorage({ dataDir, clock: systemClock, logger: createLogger('warn') });
  await storage.orgs.insertOrg({ id: orgId, name: 'Bench', createdAt: now });
  await storage.agents.insert({
    id: agentId,
    orgId,
    name: 'Quiet',
    firstMessageMode: 'assistant-waits-for-user',
    recordingEnabled: false,
    extras: {},
    createdAt: now,
    updatedAt: now,
  });
  await storage.close();
  const { tookMs: seedMs } = seedNumbers(dataDir, orgId, numbers, { agentId });
  const offhook = await startOffhook(
    loadConfig({
      OFFHOOK_BIND: '127.0.0.1',
      OFFHOOK_HTTP_PORT: '0',
      OFFHOOK_SIP_PORT: '0',
      OFFHOOK_DATA_DIR: dataDir,
      OFFHOOK_SOURCE_CPS: '100000',
      OFFHOOK_DRAIN_MS: '0',
      OFFHOOK_LOG_LEVEL: 'error',
    }),
  );
  let routed: number[] = [];
  offhook.routed.on((ms) => routed.push(ms));
  const take = () => {
    const taken = routed;
    routed = [];
    return taken;
  };
  return {
    ready: { port: offhook.sipPort, seedMs } satisfies RoutingServerReady,
    questions: {
      routed: take,
      readBare: ({ reads }: { reads: number }) =>
        readBare(join(dataDir, 'offhook.db'), numbers, agentId, reads),
    },
    async close() {
      await offhook.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** The least that any exchange over this file has to do: two reads by index on the calling thread. Milliseconds each. */
function readBare(file: string, numbers: number, agentId: string, reads: number): number[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const number = database.prepare('select doc from numbers where sip_user = ?');
    const agent = database.prepare('select doc from agents where id = ?');
    return Array.from({ length: reads }, () => {
      const startedAt = performance.now();
      number.get(`line-${Math.floor(Math.random() * numbers)}`);
      agent.get(agentId);
      return performance.now() - startedAt;
    });
  } finally {
    database.close();
  }
}

await serveParent(start);
