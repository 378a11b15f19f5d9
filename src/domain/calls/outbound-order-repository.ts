import type { NewDelivery } from '../deliveries/delivery.ts';
import type { Call } from './call.ts';
import type { NewCallEvent } from './call-repository.ts';
import type { OutboundOrder } from './outbound-order.ts';

/** A scheduled call that is due, and now belongs to the process that asked. */
export interface ClaimedOrder {
  call: Call;
  order: OutboundOrder;
}

/** Orders of calls that are to be placed later. An order is there exactly as long as its call is `scheduled`. */
export interface OutboundOrderRepository {
  /** Stores the call with its first events, what they tell customers' servers, and its order, in one transaction. */
  insert(
    call: Call,
    order: OutboundOrder,
    dueAt: number,
    events: NewCallEvent[],
    deliveries: NewDelivery[],
  ): Promise<void>;
  /**
   * Takes the orders that are due, the oldest first: each goes to one process alone, and its call becomes `queued` there
   * in the same transaction. A process that dies after that has not placed it, and nobody places it again.
   * One that cannot be read waits for a later try. Where the store fails on the way, those that were taken are returned.
   */
  claimDue(now: number, nodeId: string, limit: number): Promise<ClaimedOrder[]>;
  /** The next instant at which an order is due; undefined when none waits. */
  nextDueAt(): Promise<number | undefined>;
  /**
   * Takes an order back and ends its call, in one transaction.
   * @returns the ended call, once: undefined when the order was claimed, or taken back, before.
   */
  withdraw(
    orgId: string,
    callId: string,
    event: NewCallEvent,
    change: (call: Call) => Call,
    deliveries: NewDelivery[],
  ): Promise<Call | undefined>;
}
