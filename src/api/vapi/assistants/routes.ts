import * as z from 'zod';
import type { Agent } from '../../../domain/agents/agent.ts';
import { newId } from '../../../lib/ids.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { idParams, listQuery, toListQuery } from '../list-query.ts';
import { requireReferences } from '../references.ts';
import { fromAgent } from './from-domain.ts';
import { assistantBodySchema, assistantSchema } from './schema.ts';
import { toAgent, withChanges } from './to-domain.ts';

const tag = 'Assistants';

export function assistantRoutes(context: VapiContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes(context: VapiContext): Route[] {
  const { agents, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/assistant',
      operationId: 'AssistantController_create',
      summary: 'Create Assistant',
      tag,
      body: assistantBodySchema,
      status: 201,
      response: assistantSchema,
      handle: async ({ orgId, body }) => {
        await requireReferences(context, orgId, body);
        const now = clock.now();
        const agent = toAgent(body, { id: newId(now), orgId, now });
        await agents.insert(agent);
        return fromAgent(agent);
      },
    }),
    route({
      method: 'PATCH',
      path: '/assistant/:id',
      operationId: 'AssistantController_update',
      summary: 'Update Assistant',
      tag,
      params: idParams,
      body: assistantBodySchema,
      status: 200,
      response: assistantSchema,
      handle: async ({ orgId, params, body }) => {
        known(await agents.get(orgId, params.id), params.id);
        await requireReferences(context, orgId, body);
        const updated = await agents.update(orgId, params.id, (agent) =>
          withChanges(agent, body, clock.now()),
        );
        return fromAgent(known(updated, params.id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/assistant/:id',
      operationId: 'AssistantController_remove',
      summary: 'Delete Assistant',
      tag,
      params: idParams,
      status: 200,
      response: assistantSchema,
      handle: async ({ orgId, params }) => fromAgent(known(await agents.remove(orgId, params.id), params.id)),
    }),
  ];
}

function readingRoutes({ agents }: VapiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/assistant',
      operationId: 'AssistantController_findAll',
      summary: 'List Assistants',
      tag,
      query: listQuery,
      status: 200,
      response: z.array(assistantSchema),
      handle: async ({ orgId, query }) => (await agents.list(orgId, toListQuery(query))).map(fromAgent),
    }),
    route({
      method: 'GET',
      path: '/assistant/:id',
      operationId: 'AssistantController_findOne',
      summary: 'Get Assistant',
      tag,
      params: idParams,
      status: 200,
      response: assistantSchema,
      handle: async ({ orgId, params }) => fromAgent(known(await agents.get(orgId, params.id), params.id)),
    }),
  ];
}

function known(agent: Agent | undefined, id: string): Agent {
  if (!agent) throw notFound('Assistant', id);
  return agent;
}
