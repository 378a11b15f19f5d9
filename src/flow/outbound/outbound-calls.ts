import type { Call } from '../../domain/calls/call.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { Org } from '../../domain/orgs/org.ts';

/** What is left of an org's lines after a call was ordered. */
export interface LinesLeft {
  /** The call waits for a line, or was refused one. */
  isBlocked: boolean;
  /** Unset: the org has no limit. */
  limit: number | undefined;
  remaining: number | undefined;
}

/** Calls that are placed, as the APIs order them. */
export interface OutboundCalls {
  /**
   * Stores a call and places it, or does so at its time; resolves once it is stored.
   * @throws {DialError} refused, where the org's policy does not let it out
   */
  place(order: OutboundOrder): Promise<Call>;
  /** Takes back a call that was not answered yet. @returns it as it is then; undefined where it is not there to be taken back. */
  cancel(orgId: string, callId: string): Promise<Call | undefined>;
  linesOf(org: Pick<Org, 'id' | 'concurrencyLimit'>): LinesLeft;
}
