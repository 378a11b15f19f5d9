import type { Server } from '../server.ts';

/** One message for a customer's server, before storage numbers it. Body and id never change, however often it is sent. */
export interface NewDelivery {
  /** Also the `webhook-id` header: the receiver's key against doubles. */
  id: string;
  orgId: string;
  /** Deliveries of one stream to one endpoint arrive in the order of their writing: the call's id. */
  streamId: string;
  callId?: string;
  /** The message's own type, such as `end-of-call-report`. */
  type: string;
  /** The server as it was when the message was written; its credential is looked up at each attempt. */
  server: Server & { url: string };
  /** Unset: POST. By GET the keys of the body stand in the URL's query. */
  method?: 'GET';
  /** The JSON text to send. */
  body: string;
  createdAt: number;
}

/** One try to deliver. */
export interface DeliveryAttempt {
  at: number;
  durationMs: number;
  /** HTTP status of the answer, where there was one. */
  status?: number;
  /** What went wrong, for a person. */
  error?: string;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'dead';

/** A message for a customer's server on its way. */
export interface Delivery extends NewDelivery {
  /** Order of writing over the whole exchange. */
  seq: number;
  status: DeliveryStatus;
  attempts: DeliveryAttempt[];
  nextAttemptAt?: number;
  deliveredAt?: number;
  /** It was sent again by hand. */
  replayedAt?: number;
}

/** A customer's server as the outbox sees it: one per org and URL. */
export interface Endpoint {
  orgId: string;
  url: string;
  consecutiveFailures: number;
  firstFailureAt?: number;
  lastSuccessAt?: number;
  lastError?: string;
  /** Nothing is sent before this instant. */
  pausedUntil?: number;
  /** Pauses since the last success: each is longer than the one before. */
  pauses?: number;
  /** Deliveries that wait. */
  pending: number;
}
