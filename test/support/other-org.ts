import assert from 'node:assert/strict';
import { createApiKey } from '../../src/domain/orgs/api-key.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { RunningExchange } from './running-exchange.ts';

/** The API as another org on the same exchange sees it. */
export type OtherOrg = Pick<RunningExchange, 'api'>;

/** Makes a second org with a key of its own. */
export async function otherOrgOf({ dataDir, offhook }: RunningExchange): Promise<OtherOrg> {
  const storage = await openStorage({ dataDir, clock: systemClock, logger: silentLogger });
  const { key, hash, prefix } = createApiKey();
  const [orgId, createdAt] = [newId(), Date.now()];
  await storage.orgs.insertOrg({ id: orgId, name: 'Other', createdAt });
  await storage.orgs.insertKey({ id: newId(), orgId, prefix, createdAt }, hash);
  await storage.close();
  return {
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${offhook.httpUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      assert.ok(response.ok, `${method} ${path}: ${response.status}`);
      return (await response.json()) as T;
    },
  };
}
