import type { Delivery, DeliveryStatus } from '../domain/deliveries/delivery.ts';
import type { DeliveryQuery, DeliveryRepository } from '../domain/deliveries/delivery-repository.ts';
import type { Org } from '../domain/orgs/org.ts';
import type { OrgRepository } from '../domain/orgs/org-repository.ts';
import { CommandError } from './command-error.ts';
import { table } from './table.ts';

export const EVENTS_USAGE = `usage: offhook events list [--org NAME] [--status pending|delivered|dead] [--type TYPE] [--call ID]
                           [--endpoint URL] [--limit N]
       offhook events show ID
       offhook events replay ID
       offhook events replay --status dead|delivered [--org NAME] [--type TYPE] [--endpoint URL] [--since INSTANT]

What was told, or waits to be told, to customers' servers. A replay sends the same message under the same id; a
running exchange takes it up within a second. Without --org the org is "default"; INSTANT is as 2026-01-31T08:00:00Z.`;

const STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'dead'];
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

export interface EventOptions {
  org?: string | undefined;
  status?: string | undefined;
  type?: string | undefined;
  call?: string | undefined;
  endpoint?: string | undefined;
  since?: string | undefined;
  limit?: string | undefined;
}

export interface EventStore {
  orgs: OrgRepository;
  deliveries: DeliveryRepository;
}

/**
 * `offhook events`: lists, shows and replays deliveries.
 * @returns the lines to print.
 * @throws {CommandError}
 */
export async function events(
  store: EventStore,
  words: string[],
  options: EventOptions,
  now: number,
): Promise<string[]> {
  const [verb, id] = words;
  if (verb === 'list' && words.length === 1) return listEvents(store, options);
  if (verb === 'show' && id && words.length === 2) return showEvent(store, id);
  if (verb === 'replay' && id && words.length === 2) return replayEvent(store, id, now);
  if (verb === 'replay' && words.length === 1 && options.status) return replayEvents(store, options, now);
  throw new CommandError(EVENTS_USAGE);
}

async function listEvents(store: EventStore, options: EventOptions): Promise<string[]> {
  const { id: orgId } = await orgNamed(store.orgs, options.org);
  const status = options.status === undefined ? undefined : statusOf(options.status, STATUSES);
  const query: DeliveryQuery = {
    limit: limitOf(options.limit),
    ...(status !== undefined && { status }),
    ...(options.type !== undefined && { type: options.type }),
    ...(options.call !== undefined && { callId: options.call }),
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
  };
  const rows = (await store.deliveries.list(orgId, query)).map((delivery) => [
    instant(delivery.createdAt),
    delivery.type,
    delivery.status,
    String(delivery.attempts.length),
    resultOf(delivery),
    delivery.server.url,
    delivery.id,
  ]);
  return table(['WRITTEN', 'TYPE', 'STATUS', 'TRIES', 'LAST', 'ENDPOINT', 'ID'], rows);
}

async function showEvent({ orgs, deliveries }: EventStore, id: string): Promise<string[]> {
  const { delivery } = await findEvent(orgs, deliveries, id);
  const facts = [
    ['id', delivery.id],
    ['type', delivery.type],
    ['call', delivery.callId ?? '-'],
    ['endpoint', delivery.server.url],
    ['status', delivery.status],
    ['written', instant(delivery.createdAt)],
    ['next try', delivery.nextAttemptAt === undefined ? '-' : instant(delivery.nextAttemptAt)],
  ].map(([name = '', value]) => `${name.padEnd(10)}${value}`);
  const tries = delivery.attempts.map(
    ({ at, durationMs, status, error }) => `${instant(at)}  ${status ?? error ?? '-'}  ${durationMs} ms`,
  );
  return [...facts, '', ...tries, '', delivery.body];
}

async function replayEvent({ orgs, deliveries }: EventStore, id: string, now: number): Promise<string[]> {
  const { orgId, delivery } = await findEvent(orgs, deliveries, id);
  if (delivery.status === 'pending') return [`${id} waits to be sent already`];
  await deliveries.replay(orgId, id, now);
  return [`${id} is sent again`];
}

async function replayEvents(store: EventStore, options: EventOptions, now: number): Promise<string[]> {
  const { status, type, endpoint, since, call, limit } = options;
  if (call !== undefined || limit !== undefined)
    throw new CommandError('replay takes no --call and no --limit: name one message by its id');
  const filter = {
    status: statusOf(status ?? '', ['dead', 'delivered'] as const),
    ...(type !== undefined && { type }),
    ...(endpoint !== undefined && { endpoint }),
    ...(since !== undefined && { since: instantOf(since) }),
  };
  const { id: orgId } = await orgNamed(store.orgs, options.org);
  const count = await store.deliveries.replayAll(orgId, filter, now);
  return [`${count} ${count === 1 ? 'message is' : 'messages are'} sent again`];
}

/** Ids are unique over all orgs, and whoever has the store may read them all. */
async function findEvent(
  orgs: OrgRepository,
  deliveries: DeliveryRepository,
  id: string,
): Promise<{ orgId: string; delivery: Delivery }> {
  for (const { id: orgId } of await orgs.listOrgs()) {
    const delivery = await deliveries.get(orgId, id);
    if (delivery) return { orgId, delivery };
  }
  throw new CommandError(`there is no message ${id}`);
}

async function orgNamed(orgs: OrgRepository, name = 'default'): Promise<Org> {
  const found = (await orgs.listOrgs()).find((org) => org.name === name);
  if (!found) throw new CommandError(`there is no org ${name}`);
  return found;
}

function statusOf<S extends DeliveryStatus>(text: string, known: readonly S[]): S {
  const status = known.find((each) => each === text);
  if (!status) throw new CommandError(`--status must be one of ${known.join(', ')}`);
  return status;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new CommandError(`--limit must be a number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function instantOf(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new CommandError('--since must be an instant such as 2026-01-31T08:00:00Z');
  return at;
}

function instant(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

function resultOf({ attempts }: Delivery): string {
  const last = attempts.at(-1);
  return last ? String(last.status ?? last.error ?? '') : '';
}
