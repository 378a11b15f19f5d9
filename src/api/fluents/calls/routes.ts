import type { Call } from '../../../domain/calls/call.ts';
import { projectEvents } from '../../../domain/calls/project-events.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { endCall } from '../../server/end-call.ts';
import { openRecording } from '../../server/file-reply.ts';
import { pageQuery, shownPage } from '../../server/pages.ts';
import { placedCall } from '../../server/placed-call.ts';
import { type Route, route } from '../../server/route.ts';
import { agentOfCall } from '../agents/write-agent.ts';
import type { FluentsContext } from '../context.ts';
import { known, refusal } from '../errors.ts';
import { idQuery } from '../fields.ts';
import { findNumber } from '../numbers/find-number.ts';
import { fromCall } from './from-domain.ts';
import { callPageSchema, callSchema, createCallSchema } from './schema.ts';
import { toOrder } from './to-domain.ts';

const tag = 'Calls';

export function callRoutes(context: FluentsContext): Route[] {
  return [...readingRoutes(context), ...recordingRoutes(context), ...writingRoutes(context)];
}

function readingRoutes(context: FluentsContext): Route[] {
  const { calls } = context;
  return [
    route({
      method: 'GET',
      path: '/v1/calls',
      operationId: 'CallController_getCall',
      summary: 'Get Call',
      tag,
      query: idQuery,
      status: 200,
      response: callSchema,
      handle: async ({ orgId, query: { id } }) =>
        show(context, known(await calls.get(orgId, id), 'Call', id)),
    }),
    route({
      method: 'GET',
      path: '/v1/calls/list',
      operationId: 'CallController_listCalls',
      summary: 'List Calls',
      tag,
      query: pageQuery,
      status: 200,
      response: callPageSchema,
      handle: ({ orgId, query }) => {
        const numbers = new Map<string, Promise<PhoneNumber | undefined>>();
        return shownPage(
          query,
          (slice) => calls.page(orgId, slice),
          (call) => show(context, call, numbers),
        );
      },
    }),
  ];
}

/** The vendor's document has the id in the query, its guides have it in the path. */
function recordingRoutes(context: FluentsContext): Route[] {
  const reply = async (orgId: string, id: string) => {
    const { recording } = known(await context.calls.get(orgId, id), 'Call', id);
    const file = recording && (await openRecording(context.recordingsDir, recording.file));
    return known(file, 'Recording of call', id);
  };
  const shared = { method: 'GET', tag, status: 200, media: 'audio/wav' } as const;
  return [
    route({
      ...shared,
      path: '/v1/calls/recording',
      operationId: 'CallController_getRecording',
      summary: 'Get The Recording Of A Call (Caller Left, Agent Right)',
      query: idQuery,
      handle: ({ orgId, query }) => reply(orgId, query.id),
    }),
    route({
      ...shared,
      path: '/v1/calls/recording/:id',
      operationId: 'CallController_getRecordingByPath',
      summary: 'Get The Recording Of A Call (Caller Left, Agent Right)',
      params: idQuery,
      handle: ({ orgId, params }) => reply(orgId, params.id),
    }),
  ];
}

function writingRoutes(context: FluentsContext): Route[] {
  const { calls } = context;
  return [
    route({
      method: 'POST',
      path: '/v1/calls/create',
      operationId: 'CallController_createCall',
      summary: 'Create Call',
      tag,
      body: createCallSchema,
      status: 201,
      response: callSchema,
      handle: async ({ orgId, body }) => {
        const number = await findNumber(context, orgId, { phone_number: body.from_number });
        const agent = await agentOfCall(context, orgId, body.agent);
        const call = await placedCall(context.outbound, toOrder(body, { orgId, number, agent }), (sentence) =>
          refusal(`The call cannot be placed: ${sentence}`),
        );
        return show(context, call);
      },
    }),
    route({
      method: 'POST',
      path: '/v1/calls/end',
      operationId: 'CallController_endCall',
      summary: 'End Call',
      tag,
      query: idQuery,
      status: 201,
      response: callSchema,
      handle: async ({ orgId, query: { id } }) => {
        const ended = await endCall(context, known(await calls.get(orgId, id), 'Call', id));
        if (!ended) throw refusal(`Call ${id} is not up on this process of the exchange`);
        return show(context, ended);
      },
    }),
  ];
}

/** @param numbers those that were looked up already, by their ids. */
async function show(
  context: FluentsContext,
  call: Call,
  numbers = new Map<string, Promise<PhoneNumber | undefined>>(),
): Promise<unknown> {
  const { orgId, numberId } = call;
  if (numberId !== undefined && !numbers.has(numberId)) {
    numbers.set(numberId, context.numbers.get(orgId, numberId));
  }
  const number = numberId === undefined ? undefined : await numbers.get(numberId);
  const messages = call.messages ?? projectEvents(await context.calls.events(orgId, call.id)).messages;
  return fromCall({ call, messages, number });
}
