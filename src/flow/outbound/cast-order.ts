import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import { type Cast, type CastDirectory, castAgent, castSquad, castTransient } from '../routing/cast.ts';

/** Who speaks in an ordered call, with what the order lays over. @throws {CastError} when it does not exist any more */
export async function castOrder(directory: CastDirectory, order: OutboundOrder): Promise<Cast> {
  const cast = await chosen(directory, order);
  const { doNotCallDetection, variables } = order;
  return {
    ...cast,
    agent: { ...cast.agent, ...(doNotCallDetection !== undefined && { doNotCallDetection }) },
    variables: { ...cast.variables, ...variables },
  };
}

function chosen(directory: CastDirectory, { agent: choice, orgId }: OutboundOrder): Promise<Cast> {
  switch (choice.kind) {
    case 'agent':
      return castAgent(directory, orgId, choice.agentId, choice.overrides);
    case 'transient-agent':
      return castTransient(directory, choice.agent, choice.overrides);
    case 'squad':
      return castSquad(directory, orgId, choice.squadId, choice.overrides);
    case 'transient-squad':
      return castSquad(directory, orgId, choice.squad, choice.overrides);
  }
}
