import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { AgentHouse } from './agent-house.ts';
import { fromAgentItem } from './from-domain.ts';
import { agentSchemas } from './schema.ts';

export function agentRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const agents = new AgentHouse(context, revision);
  const { params, update, shown, listed } = agentSchemas(revision);
  return resourceRoutes(revision, {
    noun: 'agent',
    name: 'Agent',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: listed,
    get: (orgId, id) => agents.get(orgId, id),
    page: (orgId, query) => agents.page(orgId, query),
    create: (orgId, body) => agents.create(orgId, body),
    update: (orgId, id, body) => agents.change(orgId, id, body),
    show: (expanded) => agents.show(expanded),
    showItem: (agent) => fromAgentItem(revision, agent),
  });
}
