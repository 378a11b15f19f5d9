import type { Agent } from '../../domain/agents/agent.ts';
import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { PhoneNumber } from '../../domain/numbers/number.ts';

/** What becomes of a call to a number that takes calls. */
export type Route =
  | { kind: 'agent'; agent: Agent; why: string }
  /** Nobody can answer: the caller hears one neutral sentence; the cause stands in the record only. */
  | { kind: 'apologise'; reason: EndReason; why: string };

/** What routing reads of the stored agents. */
export type AgentDirectory = Pick<AgentRepository, 'get'>;

/** Finds who answers the number: its agent; squads, workflows and assistant-request are named where they would stand. */
export async function routeCall(number: PhoneNumber, agents: AgentDirectory): Promise<Route> {
  const { agentId, squadId, workflowId } = number.binding;
  if (agentId) {
    const agent = await agents.get(number.orgId, agentId);
    if (agent) return { kind: 'agent', agent, why: `the number is bound to agent ${agentId}` };
    return { kind: 'apologise', reason: 'assistant-not-found', why: `agent ${agentId} does not exist` };
  }
  if (squadId) return cannot('the number is bound to a squad; squads are not built yet');
  if (workflowId) return cannot('the number is bound to a workflow; workflows are retired');
  if (number.server?.url) {
    const why = 'the number has a server and no agent; assistant-request is not built yet';
    return { kind: 'apologise', reason: 'assistant-request-failed', why };
  }
  const why = 'the number has neither an agent nor a server';
  return { kind: 'apologise', reason: 'call-start-error-neither-assistant-nor-server-set', why };
}

function cannot(why: string): Route {
  return { kind: 'apologise', reason: 'call.start.error-get-resources-validation', why };
}
