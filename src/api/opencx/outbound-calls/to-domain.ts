import type { Agent } from '../../../domain/agents/agent.ts';
import type { OutboundOrder } from '../../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { newId } from '../../../lib/ids.ts';
import { callee } from '../../server/placed-call.ts';
import type { OpencxContext } from '../context.ts';

/** The order of a call of an agent: from its own number, else from the caller number of the org's outbound trunk. */
export async function toOrder(
  { numbers, clock }: Pick<OpencxContext, 'numbers' | 'clock'>,
  { id: agentId, orgId }: Agent,
  to: string,
): Promise<OutboundOrder> {
  const [own] = await numbers.oldestOfAgents(orgId, agentId);
  return {
    orgId,
    number: own ?? nameless(orgId, clock.now()),
    ...(!own && { isTransientNumber: true }),
    ...callee(to),
    agent: { kind: 'agent', agentId },
  };
}

/** Stands for a number where an agent has none. */
function nameless(orgId: string, now: number): PhoneNumber {
  return {
    id: newId(now),
    orgId,
    carrier: 'trunk',
    e164CheckEnabled: true,
    status: 'active',
    binding: {},
    extras: {},
    createdAt: now,
    updatedAt: now,
  };
}
