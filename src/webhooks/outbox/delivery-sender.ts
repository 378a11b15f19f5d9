import type { Delivery } from '../../domain/deliveries/delivery.ts';

/** What a customer's server said to a delivery. */
export interface DeliveryReply {
  status: number;
  /** The Retry-After header as it came. */
  retryAfter?: string;
}

/** Posts one delivery, with the headers of its server and its signatures. */
export interface DeliverySender {
  /**
   * @param signal aborts when the time is over or the exchange stops.
   * @throws {Error} when no answer came: its message says why, for the customer's eyes.
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<DeliveryReply>;
}
