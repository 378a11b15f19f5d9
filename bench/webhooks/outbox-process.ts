/** Calls that tell a customer's server of their events: the store, the outbox and the way out, wired as in the exchange. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../src/domain/calls/call.ts';
import type { NewDelivery } from '../../src/domain/deliveries/delivery.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { createGuardedFetch } from '../../src/webhooks/egress/guarded-fetch.ts';
import { createGuardedPost } from '../../src/webhooks/egress/guarded-post.ts';
import { Outbox } from '../../src/webhooks/outbox/outbox.ts';
import { createAccessTokens } from '../../src/webhooks/requests/access-tokens.ts';
import { createDeliverySender, createServerClient } from '../../src/webhooks/requests/server-client.ts';
import { OrgSigner } from '../../src/webhooks/signing/org-signer.ts';
import { type Served, serveParent } from '../measure/serve-parent.ts';
import { messageBody } from './message-body.ts';

export interface OutboxProcessConfig {
  url: string;
  /** Calls that are up at once. */
  calls: number;
}

export interface RunDetails {
  /** Messages offered in a second; unset: as fast as the store takes them. */
  perSecond?: number;
  durationMs: number;
}

/** When each message was committed, in milliseconds since the epoch, by its id. */
export type Commits = Map<string, number>;

/** Milliseconds between two looks at what is due to be offered. */
const TICK_MS = 5;

function callOf(orgId: string): Call {
  const now = Date.now();
  return {
    id: newId(),
    orgId,
    nodeId: 'bench',
    direction: 'inbound',
    carrier: 'sip',
    transport: 'sip',
    status: 'in-progress',
    customer: { number: '+14155550123' },
    carrierCallId: newId(),
    variables: {},
    headers: {},
    createdAt: now,
    updatedAt: now,
  };
}

/** A turn of a conversation: one event, and the messages that a server with the vendor's default list gets of it. */
const MESSAGE_TYPES = ['speech-update', 'transcript', 'conversation-update', 'model-output'] as const;

async function tell(storage: Storage, call: Call, url: string, commits: Commits): Promise<void> {
  const at = Date.now();
  const told = MESSAGE_TYPES.map(
    (type): NewDelivery => ({
      id: newId(at),
      orgId: call.orgId,
      streamId: call.id,
      callId: call.id,
      type,
      server: { url },
      body: messageBody(call.id, type),
      createdAt: at,
    }),
  );
  const event = {
    id: newId(at),
    callId: call.id,
    orgId: call.orgId,
    type: 'message.added',
    at,
    data: {},
  } as const;
  await storage.calls.record(call.orgId, call.id, [event], undefined, told);
  const committedAt = performance.timeOrigin + performance.now();
  for (const { id } of told) commits.set(id, committedAt);
}

/** Turns spread over the calls at a fixed rate, however long the store takes: a slow store shows as delay. */
async function offer(
  { perSecond, durationMs }: Required<RunDetails>,
  calls: Call[],
  send: (call: Call) => Promise<void>,
) {
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let offered = 0; ; await sleep(TICK_MS)) {
    const elapsedMs = performance.now() - startedAt;
    const due = Math.floor((Math.min(elapsedMs, durationMs) * perSecond) / 1000 / MESSAGE_TYPES.length);
    for (; offered < due; offered += 1) running.push(send(calls[offered % calls.length] as Call));
    if (elapsedMs >= durationMs) break;
  }
  await Promise.all(running);
}

async function flood({ durationMs }: RunDetails, calls: Call[], send: (call: Call) => Promise<void>) {
  const endsAt = performance.now() + durationMs;
  await Promise.all(
    calls.map(async (call) => {
      while (performance.now() < endsAt) await send(call);
    }),
  );
}

async function start({ url, calls: count }: OutboxProcessConfig): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'offhook-bench-'));
  const logger = createLogger('warn');
  const storage = await openStorage({ dataDir, clock: systemClock, logger });
  const orgId = newId();
  await storage.orgs.insertOrg({ id: orgId, name: 'Bench', createdAt: Date.now() });
  const calls = Array.from({ length: count }, () => callOf(orgId));
  for (const call of calls) await storage.calls.insert(call, []);
  const egress = { allow: ['127.0.0.0/8'], logger };
  const fetch = createGuardedFetch(egress);
  const post = createGuardedPost(egress);
  const clock = systemClock;
  const client = createServerClient({
    post,
    tokens: createAccessTokens({ fetch, clock, logger }),
    credentials: storage.credentials,
    signer: new OrgSigner({ orgs: storage.orgs, clock }),
    clock,
    logger,
  });
  const outbox = new Outbox({
    deliveries: storage.deliveries,
    orgs: storage.orgs,
    sender: createDeliverySender(client),
    owner: 'bench',
    clock,
    logger,
  });
  await outbox.start();
  return {
    ready: {},
    questions: {
      async run(details: RunDetails): Promise<Commits> {
        const commits: Commits = new Map();
        const send = (call: Call) => tell(storage, call, url, commits);
        const { perSecond, durationMs } = details;
        if (perSecond === undefined) await flood(details, calls, send);
        else await offer({ perSecond, durationMs }, calls, send);
        return commits;
      },
    },
    async close() {
      await outbox.stop(1_000);
      await Promise.all([fetch.close(), post.close()]);
      await storage.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

await serveParent(start);
