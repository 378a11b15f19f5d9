import * as z from 'zod';
import type { Call } from '../../../domain/calls/call.ts';
import { openRecording, removeRecording } from '../../server/file-reply.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import { idParams, toListQuery } from '../list-query.ts';
import { fromCall, recordOf } from './from-domain.ts';
import { outboundRoutes } from './outbound-routes.ts';
import { callQuery, callSchema, updateCallSchema } from './schema.ts';

const tag = 'Calls';

export function callRoutes(context: VapiContext): Route[] {
  return [...readingRoutes(context), ...writingRoutes(context), ...outboundRoutes(context)];
}

function readingRoutes(context: VapiContext): Route[] {
  const { calls } = context;
  return [
    route({
      method: 'GET',
      path: '/call',
      operationId: 'CallController_findAll',
      summary: 'List Calls',
      tag,
      query: callQuery,
      status: 200,
      response: z.array(callSchema),
      handle: async ({ orgId, query }) => {
        const { id, assistantId: agentId, phoneNumberId: numberId } = query;
        const found = await calls.list(orgId, {
          ...toListQuery(query),
          ...(id && { id }),
          ...(agentId && { agentId }),
          ...(numberId && { numberId }),
        });
        return Promise.all(found.map((call) => show(context, call)));
      },
    }),
    route({
      method: 'GET',
      path: '/call/:id',
      operationId: 'CallController_findOne',
      summary: 'Get Call',
      tag,
      params: idParams,
      status: 200,
      response: callSchema,
      handle: async ({ orgId, params }) => show(context, known(await calls.get(orgId, params.id), params.id)),
    }),
    route({
      method: 'GET',
      path: '/call/:id/stereo-recording',
      operationId: 'CallController_findStereoRecording',
      summary: 'Get The Recording Of A Call (Caller Left, Assistant Right)',
      tag,
      params: idParams,
      status: 200,
      media: 'audio/wav',
      handle: async ({ orgId, params }) => {
        const { recording } = known(await calls.get(orgId, params.id), params.id);
        const file = recording && (await openRecording(context.recordingsDir, recording.file));
        if (!file) throw notFound('Recording', params.id);
        return file;
      },
    }),
  ];
}

function writingRoutes(context: VapiContext): Route[] {
  const { calls, clock } = context;
  return [
    route({
      method: 'PATCH',
      path: '/call/:id',
      operationId: 'CallController_update',
      summary: 'Update Call',
      tag,
      params: idParams,
      body: updateCallSchema,
      status: 200,
      response: callSchema,
      handle: async ({ orgId, params, body }) => {
        const { name } = body;
        const changed =
          name === undefined
            ? await calls.get(orgId, params.id)
            : await calls.rename(orgId, params.id, name ?? undefined, clock.now());
        return show(context, known(changed, params.id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/call/:id',
      operationId: 'CallController_deleteCallData',
      summary: 'Delete Call (with its recording); one that was not answered yet is taken back',
      tag,
      params: idParams,
      status: 200,
      response: callSchema,
      handle: async ({ orgId, params }) => {
        const call = known(await calls.get(orgId, params.id), params.id);
        if (call.status !== 'ended') {
          const cancelled = await context.outbound.cancel(orgId, call.id);
          if (cancelled) return show(context, cancelled);
          throw refusal("Couldn't Delete Call. It Has Not Ended. Hint: End it by its `monitor.controlUrl`.");
        }
        const shown = await show(context, call);
        // The file goes first: what is left after a failure still has its call, and can be deleted again.
        if (call.recording) await removeRecording(context.recordingsDir, call.recording.file);
        known(await calls.remove(orgId, params.id), params.id);
        return shown;
      },
    }),
  ];
}

function known(call: Call | undefined, id: string): Call {
  if (!call) throw notFound('Call', id);
  return call;
}

async function show(context: VapiContext, call: Call): Promise<unknown> {
  const settled = call.messages !== undefined && call.turns !== undefined;
  const events = settled ? [] : await context.calls.events(call.orgId, call.id);
  return fromCall(recordOf(call, events), context.publicUrl());
}
