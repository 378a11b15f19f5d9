import * as z from 'zod';
import type { DeliveryRepository } from '../../../domain/deliveries/delivery-repository.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { fromDelivery, fromDeliveryInDetail, fromEndpoint } from './from-domain.ts';
import {
  deliveryDetailSchema,
  deliveryPageSchema,
  deliveryParams,
  deliverySchema,
  endpointSchema,
  listDeliveriesQuery,
  replayDeliveriesSchema,
  replayedSchema,
  resumeEndpointSchema,
} from './schema.ts';
import { toDeliveryQuery, toReplayFilter } from './to-domain.ts';

interface DeliveriesContext {
  deliveries: DeliveryRepository;
  clock: Clock;
}

/** What customers' servers were told, and what still waits to be told. */
export function deliveryRoutes(context: DeliveriesContext): Route[] {
  return [...readingRoutes(context), ...replayRoutes(context), ...endpointRoutes(context)];
}

function readingRoutes({ deliveries }: DeliveriesContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/deliveries',
      operationId: 'listDeliveries',
      summary: 'Messages for servers, the newest first',
      tag: 'Deliveries',
      query: listDeliveriesQuery,
      status: 200,
      response: deliveryPageSchema,
      handle: async ({ orgId, query }) => {
        const found = await deliveries.list(orgId, toDeliveryQuery(query));
        const last = found.length === query.limit ? found.at(-1) : undefined;
        return { items: found.map(fromDelivery), ...(last && { nextCursor: last.seq }) };
      },
    }),
    route({
      method: 'GET',
      path: '/deliveries/:id',
      operationId: 'getDelivery',
      summary: 'One message with its body and every attempt',
      tag: 'Deliveries',
      params: deliveryParams,
      status: 200,
      response: deliveryDetailSchema,
      handle: async ({ orgId, params }) =>
        fromDeliveryInDetail(known(await deliveries.get(orgId, params.id), 'delivery')),
    }),
  ];
}

function replayRoutes({ deliveries, clock }: DeliveriesContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/deliveries/:id/replay',
      operationId: 'replayDelivery',
      summary: 'Send a message again, under the same id',
      tag: 'Deliveries',
      params: deliveryParams,
      status: 200,
      response: deliverySchema,
      handle: async ({ orgId, params }) =>
        fromDelivery(known(await deliveries.replay(orgId, params.id, clock.now()), 'delivery')),
    }),
    route({
      method: 'POST',
      path: '/deliveries/replay',
      operationId: 'replayDeliveries',
      summary: 'Send many messages again',
      tag: 'Deliveries',
      body: replayDeliveriesSchema,
      status: 200,
      response: replayedSchema,
      handle: async ({ orgId, body }) => ({
        replayed: await deliveries.replayAll(orgId, toReplayFilter(body), clock.now()),
      }),
    }),
  ];
}

function endpointRoutes({ deliveries, clock }: DeliveriesContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/endpoints',
      operationId: 'listEndpoints',
      summary: 'Servers that take messages, with their health',
      tag: 'Deliveries',
      status: 200,
      response: z.array(endpointSchema),
      handle: async ({ orgId }) => (await deliveries.endpoints(orgId)).map(fromEndpoint),
    }),
    route({
      method: 'POST',
      path: '/endpoints/resume',
      operationId: 'resumeEndpoint',
      summary: "End a server's pause and try it at once",
      tag: 'Deliveries',
      body: resumeEndpointSchema,
      status: 200,
      response: endpointSchema,
      handle: async ({ orgId, body }) =>
        fromEndpoint(known(await deliveries.resume(orgId, body.url, clock.now()), 'endpoint')),
    }),
  ];
}
