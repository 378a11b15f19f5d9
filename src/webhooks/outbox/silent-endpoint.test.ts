import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../../test/support/until.ts';
import type { NewDelivery } from '../../domain/deliveries/delivery.ts';
import { systemClock } from '../../lib/clock.ts';
import { newId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { openStorage } from '../../storage/open-storage.ts';
import { createGuardedFetch } from '../egress/guarded-fetch.ts';
import { Outbox } from './outbox.ts';

const ORG = 'org-1';
const SILENT_STREAMS = 500;
const GOOD_STREAMS = 20;
const PER_STREAM = 10;

/** A customer's server; `answer` decides when it does. */
async function openServer(answer: (response: ServerResponse, id: string) => void) {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => answer(response, String(request.headers['webhook-id'])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test('over real sockets: hundreds of messages for a server that is silent delay none for another', async (t) => {
  await using opened = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-outbox-'));
  opened.defer(() => rm(dataDir, { recursive: true, force: true }));
  const held: ServerResponse[] = [];
  let isSilent = true;
  const silent = await openServer((response) => {
    if (isSilent) held.push(response);
    else response.end('{}');
  });
  opened.defer(() => silent.close());
  const arrived: string[] = [];
  const good = await openServer((response, id) => {
    arrived.push(id);
    response.end('{}');
  });
  opened.defer(() => good.close());
  const storage = await openStorage({ dataDir, clock: systemClock, logger: silentLogger });
  opened.defer(() => storage.close());
  const guardedFetch = createGuardedFetch({ allow: ['127.0.0.0/8'], logger: silentLogger });
  opened.defer(() => guardedFetch.close());
  const outbox = new Outbox({
    deliveries: storage.deliveries,
    orgs: storage.orgs,
    sender: {
      async send({ id, body, server }, signal) {
        const headers = { 'webhook-id': id };
        const response = await guardedFetch(server.url, { method: 'POST', headers, body, signal });
        await response.text();
        return { status: response.status };
      },
    },
    owner: 'node-1',
    clock: systemClock,
    logger: silentLogger,
  });
  await outbox.start();
  opened.defer(() => outbox.stop(0));
  const deliveryTo = (url: string, streamId: string): NewDelivery => ({
    id: newId(),
    orgId: ORG,
    streamId,
    type: 'status-update',
    // Longer than the test may take: whatever waited for the silent server would fail it.
    server: { url, timeoutSeconds: 300 },
    body: '{}',
    createdAt: Date.now(),
  });
  await storage.deliveries.insert(
    Array.from({ length: SILENT_STREAMS }, (_, index) => deliveryTo(silent.url, `silent-${index}`)),
  );
  await until('the silent server has its hands full', () => held.length > 0);
  const streams = Array.from({ length: GOOD_STREAMS }, (_, stream) =>
    Array.from({ length: PER_STREAM }, () => deliveryTo(good.url, `good-${stream}`)),
  );
  await Promise.all(streams.map((stream) => storage.deliveries.insert(stream)));
  await until('all have arrived', () => arrived.length === GOOD_STREAMS * PER_STREAM);
  for (const stream of streams) {
    const ids = stream.map(({ id }) => id);
    assert.deepEqual(
      arrived.filter((id) => ids.includes(id)),
      ids,
    );
  }
  const pending = async () =>
    (await storage.deliveries.endpoints(ORG)).find(({ url }) => url === silent.url)?.pending;
  assert.equal(await pending(), SILENT_STREAMS);
  t.diagnostic(`${held.length} of ${SILENT_STREAMS} were under way to the silent server`);
  isSilent = false;
  for (const response of held) response.end('{}');
  await until('the silent one has all of its own', async () => (await pending()) === 0);
});
