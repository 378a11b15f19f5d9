import * as z from 'zod';
import type { Tool } from '../../../domain/tools/tool.ts';
import { newId } from '../../../lib/ids.ts';
import { checked } from '../../server/failure.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { idParams, listQuery, toListQuery } from '../list-query.ts';
import { requireReferences } from '../references.ts';
import { fromStoredTool } from './from-domain.ts';
import { storedToolSchema, toolChangesSchema, toolSchema, updateToolSchema } from './schema.ts';
import { toStoredTool, withChanges } from './to-domain.ts';

const tag = 'Tools';

export function toolRoutes(context: VapiContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes(context: VapiContext): Route[] {
  const { tools, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/tool',
      operationId: 'ToolController_create',
      summary: 'Create Tool',
      tag,
      body: toolSchema,
      status: 201,
      response: storedToolSchema,
      handle: async ({ orgId, body }) => {
        await requireReferences(context, orgId, body);
        const now = clock.now();
        const tool = toStoredTool(body, { id: newId(now), orgId, now });
        await tools.insert(tool);
        return fromStoredTool(tool);
      },
    }),
    route({
      method: 'PATCH',
      path: '/tool/:id',
      operationId: 'ToolController_update',
      summary: 'Update Tool',
      tag,
      params: idParams,
      body: updateToolSchema,
      bodyCheckedLate: true,
      status: 200,
      response: storedToolSchema,
      handle: async ({ orgId, params, body }) => {
        const current = known(await tools.get(orgId, params.id), params.id);
        // The kind of a tool never changes, so what is checked here still holds when it is written.
        const changes = checked(toolChangesSchema(current.tool.type), body);
        await requireReferences(context, orgId, changes);
        const updated = await tools.update(orgId, params.id, (tool) =>
          withChanges(tool, changes, clock.now()),
        );
        return fromStoredTool(known(updated, params.id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/tool/:id',
      operationId: 'ToolController_remove',
      summary: 'Delete Tool',
      tag,
      params: idParams,
      status: 200,
      response: storedToolSchema,
      handle: async ({ orgId, params }) =>
        fromStoredTool(known(await tools.remove(orgId, params.id), params.id)),
    }),
  ];
}

function readingRoutes({ tools }: VapiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/tool',
      operationId: 'ToolController_findAll',
      summary: 'List Tools',
      tag,
      query: listQuery,
      status: 200,
      response: z.array(storedToolSchema),
      handle: async ({ orgId, query }) => (await tools.list(orgId, toListQuery(query))).map(fromStoredTool),
    }),
    route({
      method: 'GET',
      path: '/tool/:id',
      operationId: 'ToolController_findOne',
      summary: 'Get Tool',
      tag,
      params: idParams,
      status: 200,
      response: storedToolSchema,
      handle: async ({ orgId, params }) =>
        fromStoredTool(known(await tools.get(orgId, params.id), params.id)),
    }),
  ];
}

function known(tool: Tool | undefined, id: string): Tool {
  if (!tool) throw notFound('Tool', id);
  return tool;
}
