import type { Agent } from '../../../domain/agents/agent.ts';
import type { OutboundOrder } from '../../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { newId } from '../../../lib/ids.ts';
import { callee } from '../../server/placed-call.ts';
import type { OpencxContext } from '../context.ts';

/** Credentials looked through for the trunk. */
const MAX_CREDENTIALS = 1_000;

/** The order of a call of an agent: from its own number, else from the caller number of the org's outbound trunk. */
export async function toOrder(
  { numbers, credentials, clock }: Pick<OpencxContext, 'numbers' | 'credentials' | 'clock'>,
  { id: agentId, orgId }: Agent,
  to: string,
): Promise<OutboundOrder> {
  const [own] = await numbers.oldestOfAgents(orgId, agentId);
  return {
    orgId,
    number: own ?? nameless(orgId, await callerNumberOf(credentials, orgId), clock.now()),
    ...(!own && { isTransientNumber: true }),
    ...callee(to),
    agent: { kind: 'agent', agentId },
  };
}

/** The caller number of the trunk that carries the call: the org's oldest. */
async function callerNumberOf(
  credentials: OpencxContext['credentials'],
  orgId: string,
): Promise<string | undefined> {
  const list = await credentials.list(orgId, { limit: MAX_CREDENTIALS, order: 'ascending' });
  const trunk = list.find(({ provider }) => provider === 'byo-sip-trunk');
  return trunk?.provider === 'byo-sip-trunk' ? trunk.callerNumber : undefined;
}

/** Stands for a number where an agent has none. */
function nameless(orgId: string, address: string | undefined, now: number): PhoneNumber {
  return {
    id: newId(now),
    orgId,
    carrier: 'trunk',
    ...(address !== undefined && { address }),
    e164CheckEnabled: true,
    status: 'active',
    binding: {},
    extras: {},
    createdAt: now,
    updatedAt: now,
  };
}
