import type { Agent } from '../../../domain/agents/agent.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { fromConnection } from '../account-connections/from-domain.ts';
import { showAgent } from '../agents/show-agent.ts';
import type { FluentsContext } from '../context.ts';
import { fromNumber, fromNumberNormalized } from './from-domain.ts';

type Json = Record<string, unknown>;

/** The number with its agent and its account as ids. */
export async function showNormalized(context: FluentsContext, number: PhoneNumber): Promise<Json> {
  return fromNumberNormalized(number, await agentOf(context, number));
}

/** The number with its agent and its account as objects. */
export async function showNumber(context: FluentsContext, number: PhoneNumber): Promise<Json> {
  const { orgId, credentialId } = number;
  const agent = await agentOf(context, number);
  const credential =
    credentialId === undefined ? undefined : await context.credentials.get(orgId, credentialId);
  return fromNumber(
    number,
    agent,
    agent && (await showAgent(context, agent)),
    (credential && fromConnection(credential)) ?? credentialId,
  );
}

/** Who answers the number, where that is one agent. */
async function agentOf({ agents }: FluentsContext, number: PhoneNumber): Promise<Agent | undefined> {
  const { agentId } = number.binding;
  return agentId === undefined ? undefined : agents.get(number.orgId, agentId);
}
