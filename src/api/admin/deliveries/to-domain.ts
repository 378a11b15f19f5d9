import type { output } from 'zod';
import type { DeliveryQuery, ReplayFilter } from '../../../domain/deliveries/delivery-repository.ts';
import type { listDeliveriesQuery, replayDeliveriesSchema } from './schema.ts';

export function toDeliveryQuery(query: output<typeof listDeliveriesQuery>): DeliveryQuery {
  const { limit, cursor, status, type, callId, endpoint } = query;
  return {
    limit,
    ...(cursor !== undefined && { before: cursor }),
    ...(status !== undefined && { status }),
    ...(type !== undefined && { type }),
    ...(callId !== undefined && { callId }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

export function toReplayFilter(body: output<typeof replayDeliveriesSchema>): ReplayFilter {
  const { status, type, endpoint, since } = body;
  return {
    status,
    ...(type !== undefined && { type }),
    ...(endpoint !== undefined && { endpoint }),
    ...(since !== undefined && { since: Date.parse(since) }),
  };
}
