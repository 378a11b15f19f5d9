import type { Agent } from '../../../domain/agents/agent.ts';
import { fromConnection } from '../account-connections/from-domain.ts';
import type { FluentsContext } from '../context.ts';
import { fromAgent } from './from-domain.ts';
import { agentPartsOf } from './write-agent.ts';

/** The agent with all its parts. */
export async function showAgent(context: FluentsContext, agent: Agent): Promise<Record<string, unknown>> {
  const whole = await agentPartsOf(context).expanded(agent);
  const { orgId, brainCredentialId: id } = whole.agent;
  const account = id === undefined ? undefined : await context.credentials.get(orgId, id);
  return fromAgent(whole, account && fromConnection(account));
}
