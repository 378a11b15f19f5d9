import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { agentBodySchema, agentPageSchema, agentSchema } from './schema.ts';
import { showAgent } from './show-agent.ts';
import { makeAgent, writeAgent } from './write-agent.ts';

export function agentRoutes(context: FluentsContext): Route[] {
  const { agents } = context;
  return resourceRoutes({
    noun: 'agent',
    // The page asks for a prompt, a voice and actions; there is a default for each, and clients leave them out.
    createSchema: agentBodySchema,
    updateSchema: agentBodySchema,
    schema: agentSchema,
    pageSchema: agentPageSchema,
    get: (orgId, id) => agents.get(orgId, id),
    page: (orgId, query) => agents.page(orgId, query),
    create: (orgId, body) => makeAgent(context, orgId, body),
    update: (orgId, id, body) => writeAgent(context, orgId, id, body),
    remove: (orgId, id) => agents.remove(orgId, id),
    show: (agent) => showAgent(context, agent),
  });
}
