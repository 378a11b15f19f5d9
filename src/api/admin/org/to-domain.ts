import type { Org } from '../../../domain/orgs/org.ts';
import { toServer } from '../../server/customer-server.ts';
import { assign, compact } from '../../server/fields.ts';
import type { OrgChanges } from './schema.ts';

/** The org after a change: keys that are given replace, null unsets, all others stay. */
export function withChanges(org: Org, body: OrgChanges, now: number): Org {
  const draft: Org = { ...org, updatedAt: now };
  const { name, server, concurrencyLimit, queue, holdSound, ringDelayMs, durableRetries, outbound } = body;
  if (name !== undefined) draft.name = name;
  if (server !== undefined) assign(draft, 'server', server && toServer(server, org.server));
  if (concurrencyLimit !== undefined) assign(draft, 'concurrencyLimit', concurrencyLimit);
  if (queue !== undefined) assign(draft, 'queue', queue);
  if (holdSound !== undefined) assign(draft, 'holdSound', holdSound);
  if (ringDelayMs !== undefined) assign(draft, 'ringDelayMs', ringDelayMs);
  if (durableRetries !== undefined) assign(draft, 'durableRetries', durableRetries);
  if (outbound !== undefined) assign(draft, 'outbound', outbound && compact(outbound));
  return draft;
}
