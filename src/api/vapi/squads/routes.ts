import * as z from 'zod';
import type { Squad } from '../../../domain/squads/squad.ts';
import { newId } from '../../../lib/ids.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { idParams, listQuery, toListQuery } from '../list-query.ts';
import { requireAssistant, requireReferences } from '../references.ts';
import { fromSquad } from './from-domain.ts';
import { type SquadChanges, squadBodySchema, squadChangesSchema, squadSchema } from './schema.ts';
import { toSquad, withChanges } from './to-domain.ts';

const tag = 'Squads';

export function squadRoutes(context: VapiContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes(context: VapiContext): Route[] {
  const { squads, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/squad',
      operationId: 'SquadController_create',
      summary: 'Create Squad',
      tag,
      body: squadBodySchema,
      status: 201,
      response: squadSchema,
      handle: async ({ orgId, body }) => {
        await checkReferences(context, orgId, body);
        const now = clock.now();
        const squad = toSquad(body, { id: newId(now), orgId, now });
        await squads.insert(squad);
        return fromSquad(squad);
      },
    }),
    route({
      method: 'PATCH',
      path: '/squad/:id',
      operationId: 'SquadController_update',
      summary: 'Update Squad',
      tag,
      params: idParams,
      body: squadChangesSchema,
      status: 200,
      response: squadSchema,
      handle: async ({ orgId, params, body }) => {
        known(await squads.get(orgId, params.id), params.id);
        await checkReferences(context, orgId, body);
        const updated = await squads.update(orgId, params.id, (squad) =>
          withChanges(squad, body, clock.now()),
        );
        return fromSquad(known(updated, params.id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/squad/:id',
      operationId: 'SquadController_remove',
      summary: 'Delete Squad',
      tag,
      params: idParams,
      status: 200,
      response: squadSchema,
      handle: async ({ orgId, params }) => fromSquad(known(await squads.remove(orgId, params.id), params.id)),
    }),
  ];
}

function readingRoutes({ squads }: VapiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/squad',
      operationId: 'SquadController_findAll',
      summary: 'List Squads',
      tag,
      query: listQuery,
      status: 200,
      response: z.array(squadSchema),
      handle: async ({ orgId, query }) => (await squads.list(orgId, toListQuery(query))).map(fromSquad),
    }),
    route({
      method: 'GET',
      path: '/squad/:id',
      operationId: 'SquadController_findOne',
      summary: 'Get Squad',
      tag,
      params: idParams,
      status: 200,
      response: squadSchema,
      handle: async ({ orgId, params }) => fromSquad(known(await squads.get(orgId, params.id), params.id)),
    }),
  ];
}

function known(squad: Squad | undefined, id: string): Squad {
  if (!squad) throw notFound('Squad', id);
  return squad;
}

async function checkReferences(context: VapiContext, orgId: string, body: SquadChanges): Promise<void> {
  const ids = new Set((body.members ?? []).flatMap(({ assistantId }) => assistantId ?? []));
  for (const id of ids) await requireAssistant(context, orgId, id);
  await requireReferences(context, orgId, body);
}
