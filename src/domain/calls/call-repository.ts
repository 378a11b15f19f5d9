import type { NewDelivery } from '../deliveries/delivery.ts';
import type { ListQuery, Page } from '../page.ts';
import type { Call, CallEvent } from './call.ts';

export interface CallQuery extends ListQuery {
  id?: string;
  agentId?: string;
  numberId?: string;
}

/** A line of the timeline before storage numbers it. */
export type NewCallEvent = Omit<CallEvent, 'seq'>;

export interface CallRepository {
  /** Inserts the call together with its first events and what they tell customers' servers, in one transaction. */
  insert(call: Call, events: NewCallEvent[], deliveries?: NewDelivery[]): Promise<void>;
  get(orgId: string, id: string): Promise<Call | undefined>;
  list(orgId: string, query: CallQuery): Promise<Call[]>;
  page(orgId: string, query: CallQuery): Promise<Page<Call>>;
  /**
   * Appends events and deliveries and, where `change` is given, replaces the row, in one transaction. An ended call is
   * never changed. A delivery whose id is stored already is left out: a write may be tried again after an answer was lost.
   */
  record(
    orgId: string,
    id: string,
    events: NewCallEvent[],
    change?: (call: Call) => Call,
    deliveries?: NewDelivery[],
  ): Promise<Call | undefined>;
  /**
   * Ends the call with its last event, once: a call that has ended stays as it is.
   * @returns the ended call, or undefined when it had ended before.
   */
  end(
    orgId: string,
    id: string,
    event: NewCallEvent,
    change: (call: Call) => Call,
    deliveries?: NewDelivery[],
  ): Promise<Call | undefined>;
  /** Sets or, with undefined, unsets the label, of a call that is up or has ended. */
  rename(orgId: string, id: string, name: string | undefined, at: number): Promise<Call | undefined>;
  /** Removes an ended call with its events. @returns the call, also one that is up and therefore stayed. */
  remove(orgId: string, id: string): Promise<Call | undefined>;
  /** The timeline in order, from the line after the one numbered `afterSeq`; unset: from the first. */
  events(orgId: string, callId: string, afterSeq?: number): Promise<CallEvent[]>;
  /** Calls of all orgs that have not ended: after a crash these were up when the process died. */
  listOpen(): Promise<Call[]>;
}
