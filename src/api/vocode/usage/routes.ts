import type { CallRepository } from '../../../domain/calls/call-repository.ts';
import { type Route, route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromUsage } from './from-domain.ts';
import { usageSchema } from './schema.ts';

/** Calls read at once. */
const CHUNK = 500;

export function usageRoutes({ calls, clock }: VocodeContext, revision: VocodeRevision): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/usage',
      aliases: ['/v1/usage/'],
      operationId: 'get_usage',
      summary: 'Minutes of calls in this month (UTC)',
      tag: 'usage',
      status: 200,
      response: usageSchema(revision),
      handle: async ({ orgId }) => fromUsage(revision, orgId, await usedThisMonth(calls, orgId, clock.now())),
    }),
  ];
}

/** Milliseconds that the org's calls of this month have been answered; those that are up count so far. */
async function usedThisMonth(calls: CallRepository, orgId: string, now: number): Promise<number> {
  const today = new Date(now);
  const since = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 1);
  let usedMs = 0;
  for (let offset = 0; ; offset += CHUNK) {
    const chunk = await calls.list(orgId, {
      limit: CHUNK,
      offset,
      order: 'ascending',
      createdAt: { ge: since },
    });
    for (const { answeredAt, endedAt = now } of chunk) {
      if (answeredAt !== undefined) usedMs += Math.max(0, endedAt - answeredAt);
    }
    if (chunk.length < CHUNK) return usedMs;
  }
}
