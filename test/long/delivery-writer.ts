/**
 * A process that lives through calls, tells a server of each step and says what is on disk: `ack <delivery id>`.
 * Run as `node delivery-writer.ts <data folder> <url> <live|drain>`; it is killed, or in `drain` ends when nothing waits.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../src/domain/calls/call.ts';
import type { NewCallEvent } from '../../src/domain/calls/call-repository.ts';
import type { Delivery, NewDelivery } from '../../src/domain/deliveries/delivery.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { Outbox } from '../../src/webhooks/outbox/outbox.ts';
import { aCall, anEvent, ended, ORG } from '../conformance/storage-samples.ts';

const STDOUT = 1;
const CALLS_AT_ONCE = 8;
const STEPS = 12;
/** Longest pause between two steps of a call, in milliseconds. */
const STEP_WITHIN_MS = 8;
const LOOK_AGAIN_MS = 20;
const BACKOFF = { type: 'fixed', maxRetries: 10, baseDelaySeconds: 0.03 } as const;

const [dataDir = '', url = '', mode = 'live'] = process.argv.slice(2);
const storage = await openStorage({ dataDir, clock: systemClock, logger: silentLogger });
const outbox = new Outbox({
  deliveries: storage.deliveries,
  orgs: storage.orgs,
  sender: { send },
  owner: 'writer',
  clock: systemClock,
  logger: silentLogger,
});

async function send({ id, body, server }: Delivery, signal: AbortSignal) {
  const response = await fetch(server.url, { method: 'POST', headers: { 'webhook-id': id }, body, signal });
  await response.text();
  return { status: response.status };
}

/** An event and the message that tells of it; each names the other. */
function step(call: Call, type: NewCallEvent['type'], place: number): [NewCallEvent, NewDelivery] {
  const id = newId();
  const delivery: NewDelivery = {
    id,
    orgId: ORG,
    streamId: call.id,
    callId: call.id,
    type: type === 'call.ended' ? 'end-of-call-report' : 'status-update',
    server: { url, backoffPlan: BACKOFF },
    body: JSON.stringify({ callId: call.id, type, place, nonce: newId() }),
    createdAt: Date.now(),
  };
  return [anEvent(call, type, { deliveryId: id }), delivery];
}

/** Synchronous: a line that was written is out even if the process dies with the next instruction. */
function acknowledge({ id }: NewDelivery): void {
  writeSync(STDOUT, `ack ${id}\n`);
}

async function end(call: Call): Promise<void> {
  const [event, delivery] = step(call, 'call.ended', STEPS);
  if (await storage.calls.end(ORG, call.id, event, ended, [delivery])) acknowledge(delivery);
}

async function liveThroughCalls(): Promise<never> {
  for (;;) {
    const call = aCall();
    const [ringing, first] = step(call, 'call.ringing', 0);
    await storage.calls.insert(call, [ringing], [first]);
    acknowledge(first);
    for (let place = 1; place < STEPS; place += 1) {
      await sleep(Math.random() * STEP_WITHIN_MS);
      const [event, delivery] = step(call, 'message.added', place);
      await storage.calls.record(ORG, call.id, [event], undefined, [delivery]);
      acknowledge(delivery);
    }
    await end(call);
  }
}

for (const call of await storage.calls.listOpen()) await end(call);
await outbox.start();
if (mode === 'live') await Promise.all(Array.from({ length: CALLS_AT_ONCE }, liveThroughCalls));
while ((await storage.deliveries.list(ORG, { limit: 1, status: 'pending' })).length > 0)
  await sleep(LOOK_AGAIN_MS);
await outbox.stop(0);
await storage.close();
