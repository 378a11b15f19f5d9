import type { Org } from '../../../domain/orgs/org.ts';
import { fromServer } from '../../server/customer-server.ts';
import { compact } from '../../server/fields.ts';
import { instantOf } from '../instant-of.ts';

/**
 * Without its secrets: those of the signature have a place of their own.
 * @param outboundMinutesToday what its outbound legs have begun of this day of UTC
 */
export function fromOrg(org: Org, outboundMinutesToday: number): Record<string, unknown> {
  const { id, name, server, concurrencyLimit, queue, holdSound, ringDelayMs, durableRetries, outbound } = org;
  return compact({
    id,
    name,
    server: server && fromServer(server),
    concurrencyLimit,
    queue,
    holdSound,
    ringDelayMs,
    durableRetries,
    outbound,
    usage: { outboundMinutesToday },
    createdAt: instantOf(org.createdAt),
    updatedAt: org.updatedAt === undefined ? undefined : instantOf(org.updatedAt),
  });
}
