import type { ListQuery } from '../page.ts';
import type { Call, CallEvent } from './call.ts';

export interface CallQuery extends ListQuery {
  id?: string;
  agentId?: string;
  numberId?: string;
}

/** A line of the timeline before storage numbers it. */
export type NewCallEvent = Omit<CallEvent, 'seq'>;

export interface CallRepository {
  /** Inserts the call together with its first events, in one transaction. */
  insert(call: Call, events: NewCallEvent[]): Promise<void>;
  get(orgId: string, id: string): Promise<Call | undefined>;
  list(orgId: string, query: CallQuery): Promise<Call[]>;
  /** Appends events and, where `change` is given, replaces the row, in one transaction. An ended call is never changed. */
  record(
    orgId: string,
    id: string,
    events: NewCallEvent[],
    change?: (call: Call) => Call,
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
  ): Promise<Call | undefined>;
  events(orgId: string, callId: string): Promise<CallEvent[]>;
  /** Calls of all orgs that have not ended: after a crash these were up when the process died. */
  listOpen(): Promise<Call[]>;
}
