import * as z from 'zod';
import { openRecording } from '../../server/file-reply.ts';
import { pageQuery } from '../../server/pages.ts';
import { type Route, route } from '../../server/route.ts';
import { AgentHouse } from '../agents/agent-house.ts';
import type { VocodeContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { listed, listSchema } from '../paging.ts';
import { idQuery } from '../resource-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { CallDesk } from './call-desk.ts';
import { callSchemas } from './schema.ts';

const shared = { tag: 'calls', status: 200 };

export function callRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const desk = new CallDesk(context, revision, new AgentHouse(context, revision));
  return [
    ...readingRoutes(context, revision, desk),
    ...recordingRoutes(context, desk),
    ...writingRoutes(revision, desk),
  ];
}

function readingRoutes({ calls }: VocodeContext, revision: VocodeRevision, desk: CallDesk): Route[] {
  const { shown, listed: item } = callSchemas(revision);
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/v1/calls/list',
      operationId: 'list_calls',
      summary: 'List calls',
      query: pageQuery,
      response: listSchema(revision, 'Call', item),
      handle: ({ orgId, query }) =>
        listed(
          revision,
          query,
          (slice) => calls.page(orgId, slice),
          (call) => desk.showItem(call),
        ),
    }),
    route({
      ...shared,
      method: 'GET',
      path: '/v1/calls',
      aliases: ['/v1/calls/'],
      operationId: 'get_call',
      summary: 'Get a call',
      query: idQuery,
      response: shown,
      handle: async ({ orgId, query }) => desk.show(await desk.find(orgId, query.id)),
    }),
  ];
}

/** The vendor's document asks for the call in the query, its guide in the path. */
function recordingRoutes({ recordingsDir }: VocodeContext, desk: CallDesk): Route[] {
  const recordingOf = async (orgId: string, id: string) => {
    const { recording, status } = await desk.find(orgId, id);
    const file = recording && status === 'ended' && (await openRecording(recordingsDir, recording.file));
    if (!file) throw notFound('Recording');
    return file;
  };
  const common = {
    ...shared,
    method: 'GET',
    summary: 'Get the recording of a call',
    media: 'audio/wav',
  } as const;
  return [
    route({
      ...common,
      path: '/v1/calls/recording',
      operationId: 'get_recording',
      query: idQuery,
      handle: ({ orgId, query }) => recordingOf(orgId, query.id),
    }),
    route({
      ...common,
      path: '/v1/calls/recording/:id',
      operationId: 'get_recording_by_path',
      params: z.object({ id: idQuery.shape.id }),
      handle: ({ orgId, params }) => recordingOf(orgId, params.id),
    }),
  ];
}

function writingRoutes(revision: VocodeRevision, desk: CallDesk): Route[] {
  const { shown, create } = callSchemas(revision);
  return [
    route({
      ...shared,
      method: 'POST',
      path: '/v1/calls/end',
      operationId: 'end_call',
      summary: 'End a call that is up',
      query: idQuery,
      response: shown,
      handle: async ({ orgId, query }) => desk.show(await desk.end(orgId, query.id)),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/v1/calls/create',
      operationId: 'create_call',
      summary: 'Place a call',
      body: create,
      response: shown,
      handle: async ({ orgId, body }) => desk.show(await desk.create(orgId, body)),
    }),
  ];
}
