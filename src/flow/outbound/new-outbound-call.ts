import type { Agent } from '../../domain/agents/agent.ts';
import { keepsNothing, recordedAgent } from '../../domain/agents/confidential.ts';
import type { Call } from '../../domain/calls/call.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';

export interface NewCallFacts {
  id: string;
  nodeId: string;
  monitorToken: string;
  /** Who is going to speak, as far as it is known before the call. */
  agent: Agent | undefined;
  now: number;
}

/** The record of a call that was ordered, before anything of it is tried. */
export function newOutboundCall(
  order: OutboundOrder,
  status: 'scheduled' | 'queued',
  { id, nodeId, monitorToken, agent, now }: NewCallFacts,
): Call {
  const { orgId, number, isTransientNumber, customer, destination, agent: choice, schedule } = order;
  const { extension, name, onNoHumanAnswer } = order;
  const hipaaCompliant = order.hipaaCompliant || (agent !== undefined && keepsNothing(agent));
  return {
    id,
    orgId,
    nodeId,
    direction: 'outbound',
    carrier: destination.type === 'number' ? 'trunk' : 'sip',
    transport: 'sip',
    status,
    ...(name !== undefined && { name }),
    ...(!isTransientNumber && { numberId: number.id }),
    ...(schedule && { schedule }),
    ...(choice.kind === 'agent' && { agentId: choice.agentId }),
    ...(agent && { agent: recordedAgent(agent, { isConfidential: hipaaCompliant }) }),
    ...(choice.kind === 'squad' && { squadId: choice.squadId }),
    customer: { ...customer, ...(extension !== undefined && { extension }) },
    // Known once the request is written.
    carrierCallId: '',
    variables: { ...choice.overrides?.variables, ...order.variables },
    headers: {},
    monitorToken,
    ...(onNoHumanAnswer && { onNoHumanAnswer }),
    ...(hipaaCompliant && { hipaaCompliant }),
    createdAt: now,
    updatedAt: now,
  };
}
