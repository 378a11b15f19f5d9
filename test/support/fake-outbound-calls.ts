import type { Call } from '../../src/domain/calls/call.ts';
import type { CallRepository } from '../../src/domain/calls/call-repository.ts';
import type { OutboundOrder } from '../../src/domain/calls/outbound-order.ts';
import { DialError } from '../../src/flow/dialer.ts';
import { newOutboundCall } from '../../src/flow/outbound/new-outbound-call.ts';
import type { LinesLeft, OutboundCalls } from '../../src/flow/outbound/outbound-calls.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';

/** Takes orders in and stores their calls, but dials nothing. */
export class FakeOutboundCalls implements OutboundCalls {
  readonly orders: OutboundOrder[] = [];
  /** Set: the policy refuses the next orders with this sentence. */
  refusal: string | undefined;
  lines: LinesLeft = { isBlocked: false, limit: undefined, remaining: undefined };
  readonly #calls: CallRepository;
  readonly #clock: Clock;

  constructor(calls: CallRepository, clock: Clock) {
    this.#calls = calls;
    this.#clock = clock;
  }

  async place(order: OutboundOrder): Promise<Call> {
    if (this.refusal !== undefined) throw new DialError('refused', this.refusal);
    this.orders.push(order);
    const now = this.#clock.now();
    const isLater = (order.schedule?.earliestAt ?? now) > now;
    const facts = { id: newId(now), nodeId: 'node', monitorToken: newId(now), agent: undefined, now };
    const call = newOutboundCall(order, isLater ? 'scheduled' : 'queued', facts);
    await this.#calls.insert(call, []);
    return call;
  }

  async cancel(orgId: string, callId: string): Promise<Call | undefined> {
    const call = await this.#calls.get(orgId, callId);
    if (!call || call.answeredAt !== undefined || call.direction === 'inbound') return undefined;
    const at = this.#clock.now();
    const event = { id: newId(at), callId, orgId, type: 'call.ended' as const, at, data: {} };
    return this.#calls.end(orgId, callId, event, (current) => ({
      ...current,
      status: 'ended',
      endedAt: at,
      endReason: 'manually-canceled',
      messages: [],
      turns: [],
    }));
  }

  linesOf(): LinesLeft {
    return this.lines;
  }
}
