import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Delivery } from '../../src/domain/deliveries/delivery.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { ORG } from '../conformance/storage-samples.ts';
import { seededRandom } from '../fuzz/sip-corpus.ts';

const KILLS = 20;
/** A run is killed so long after its first message at most, in milliseconds. */
const KILL_WITHIN_MS = 900;
/** Of all messages the server refuses these shares, breaks off, or takes its time. */
const REFUSED = 0.08;
const BROKEN_OFF = 0.04;
const SLOW = 0.04;
const SLOW_MS = 60;
const PAGE = 1_000;
const WRITER = fileURLToPath(new URL('./delivery-writer.ts', import.meta.url));

interface Arrival {
  id: string;
  body: string;
}

/** A customer's server with the faults of one; notes what it accepted, in the order in which it did. */
async function openReceiver(random: () => number) {
  const accepted: Arrival[] = [];
  const server: Server = createServer(async (request, response) => {
    const arrival = { id: String(request.headers['webhook-id']), body: await text(request).catch(() => '') };
    const luck = random();
    if (luck < REFUSED) {
      response.writeHead(503).end();
      return;
    }
    if (luck < REFUSED + BROKEN_OFF) {
      request.socket.destroy();
      return;
    }
    // A message that a dying process had begun to send is no message.
    if (request.complete) accepted.push(arrival);
    if (luck < REFUSED + BROKEN_OFF + SLOW) await sleep(SLOW_MS);
    response.writeHead(200).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    accepted,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Runs the writer. @returns the ids that it says are on disk, so far. */
function startWriter(dataDir: string, url: string, mode: 'live' | 'drain') {
  const child: ChildProcess = spawn(process.execPath, [WRITER, dataDir, url, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    closed,
    kill: () => child.kill('SIGKILL'),
    firstOutput: once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'),
    acknowledged: () => [...output.matchAll(/^ack (\S+)$/gm)].map(([, id]) => id as string),
  };
}

async function allDeliveries(storage: Storage): Promise<Delivery[]> {
  const all: Delivery[] = [];
  for (;;) {
    const before = all.at(-1)?.seq;
    const page = await storage.deliveries.list(ORG, { limit: PAGE, ...(before !== undefined && { before }) });
    all.push(...page);
    if (page.length < PAGE) return all.reverse();
  }
}

/** Every event of every call has its message, and every message its event: both or neither were written. */
async function assertEventsTold(storage: Storage, deliveries: Delivery[]): Promise<number> {
  const told = new Set(deliveries.map(({ id }) => id));
  const calls = new Set(deliveries.map(({ streamId }) => streamId));
  let events = 0;
  for (const callId of calls) {
    for (const { data } of await storage.calls.events(ORG, callId)) {
      assert.ok(told.has(String(data.deliveryId)), `an event of ${callId} has no message`);
      events += 1;
    }
  }
  assert.equal(events, deliveries.length);
  return calls.size;
}

/** What the receiver accepted: each message, unchanged however often it came, and first of all in order. */
function assertArrived(accepted: Arrival[], deliveries: Delivery[]): void {
  const bodies = new Map<string, string>();
  const firsts = new Map<string, number[]>();
  for (const { id, body } of accepted) {
    const earlier = bodies.get(id);
    if (earlier !== undefined) {
      assert.equal(body, earlier, `${id} came with two bodies`);
      continue;
    }
    bodies.set(id, body);
    const { callId, place } = JSON.parse(body) as { callId: string; place: number };
    firsts.set(callId, [...(firsts.get(callId) ?? []), place]);
  }
  for (const { id, body } of deliveries) assert.equal(bodies.get(id), body, `${id} did not arrive`);
  assert.equal(bodies.size, deliveries.length, 'nothing arrived that is not stored');
  for (const [callId, places] of firsts)
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
      `${callId} came out of order`,
    );
}

test('killed twenty times while it tells of calls: every event arrives under one id, per call in order', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-deliveries-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const random = seededRandom(11);
  const receiver = await openReceiver(random);
  t.after(() => receiver.close());
  const acknowledged: string[] = [];
  for (let round = 0; round < KILLS; round += 1) {
    const writer = startWriter(dataDir, receiver.url, 'live');
    await writer.firstOutput;
    await sleep(random() * KILL_WITHIN_MS);
    writer.kill();
    assert.deepEqual(await writer.closed, [null, 'SIGKILL']);
    acknowledged.push(...writer.acknowledged());
  }
  const last = startWriter(dataDir, receiver.url, 'drain');
  assert.deepEqual(await last.closed, [0, null]);
  acknowledged.push(...last.acknowledged());

  const storage = await openStorage({ dataDir, clock: systemClock, logger: silentLogger });
  t.after(() => storage.close());
  const deliveries = await allDeliveries(storage);
  assert.deepEqual(
    deliveries.filter(({ status }) => status !== 'delivered').map(({ id, attempts }) => ({ id, attempts })),
    [],
  );
  const stored = new Set(deliveries.map(({ id }) => id));
  for (const id of acknowledged) assert.ok(stored.has(id), `${id} was on disk and is gone`);
  const calls = await assertEventsTold(storage, deliveries);
  assertArrived(receiver.accepted, deliveries);
  const reports = deliveries.filter(({ type }) => type === 'end-of-call-report');
  assert.equal(reports.length, calls, 'every call has one report');
  assert.equal(new Set(reports.map(({ callId }) => callId)).size, calls);
  const doubles = receiver.accepted.length - deliveries.length;
  t.diagnostic(
    `${KILLS} kills, ${calls} calls, ${deliveries.length} messages, ${doubles} of them came twice`,
  );
  assert.ok(acknowledged.length > KILLS * 20, `only ${acknowledged.length} messages`);
  assert.ok(doubles > 0, 'no process died amid a message');
});
