import { createHash } from 'node:crypto';
import { type Insertable, type RawBuilder, type Selectable, sql } from 'kysely';
import type {
  Delivery,
  DeliveryAttempt,
  DeliveryStatus,
  NewDelivery,
} from '../../domain/deliveries/delivery.ts';
import type { DeliveryTable } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';

/** Hex digits of an endpoint's key: 128 bits, so that no customer can make two URLs meet. */
const ENDPOINT_KEY_LENGTH = 32;

/** Tells endpoints apart: one per org and URL. */
export function endpointKeyOf(orgId: string, url: string): string {
  return createHash('sha256').update(`${orgId}\n${url}`).digest('hex').slice(0, ENDPOINT_KEY_LENGTH);
}

/** Named, never `*`: a prepared statement must survive the columns that a newer version adds. */
export const DELIVERY_COLUMNS = [
  'seq',
  'id',
  'org_id',
  'stream_id',
  'call_id',
  'type',
  'endpoint',
  'status',
  'due_at',
  'lease_owner',
  'created_at',
  'delivered_at',
  'replayed_at',
  'server',
  'body',
  'attempts',
] as const satisfies (keyof DeliveryTable)[];

/** The same within a statement of our own wording. */
export const DELIVERY_FIELDS: RawBuilder<unknown> = sql.join(DELIVERY_COLUMNS.map((name) => sql.ref(name)));

export type DeliveryRow = Pick<Selectable<DeliveryTable>, (typeof DELIVERY_COLUMNS)[number]>;

/** Where to and how: one document, since the method is part of how the server wants to be spoken to. */
type Target = NewDelivery['server'] & Pick<NewDelivery, 'method'>;

function targetOf({ server, method }: NewDelivery): Target {
  return method ? { ...server, method } : server;
}

/** The row of a new delivery, which waits behind others of its lane until it is made due. */
export function rowOf(delivery: NewDelivery, codec: DocumentCodec): Insertable<DeliveryTable> {
  const { url } = delivery.server;
  return {
    id: delivery.id,
    org_id: delivery.orgId,
    stream_id: delivery.streamId,
    call_id: delivery.callId ?? null,
    type: delivery.type,
    url,
    endpoint: endpointKeyOf(delivery.orgId, url),
    status: 'pending',
    due_at: null,
    lease_owner: null,
    created_at: delivery.createdAt,
    updated_at: delivery.createdAt,
    delivered_at: null,
    replayed_at: null,
    server: codec.encode(targetOf(delivery), placeOf(delivery.id)),
    body: delivery.body,
    attempts: '[]',
  };
}

export function deliveryOf(row: DeliveryRow, codec: DocumentCodec): Delivery {
  const { method, ...server } = codec.decode<Target>(row.server, placeOf(row.id));
  const waits = row.status === 'pending' && row.lease_owner === null && row.due_at !== null;
  return {
    seq: row.seq,
    id: row.id,
    orgId: row.org_id,
    streamId: row.stream_id,
    ...(row.call_id !== null && { callId: row.call_id }),
    type: row.type,
    server,
    ...(method && { method }),
    body: row.body,
    createdAt: row.created_at,
    status: row.status as DeliveryStatus,
    attempts: attemptsOf(row.attempts),
    ...(waits && { nextAttemptAt: row.due_at as number }),
    ...(row.delivered_at !== null && { deliveredAt: row.delivered_at }),
    ...(row.replayed_at !== null && { replayedAt: row.replayed_at }),
  };
}

export function attemptsOf(text: string): DeliveryAttempt[] {
  return JSON.parse(text) as DeliveryAttempt[];
}

function placeOf(id: string): string {
  return `deliveries/${id}`;
}
