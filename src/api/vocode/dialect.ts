import type { Dialect } from '../server/dialect.ts';
import { accountConnectionRoutes } from './account-connections/routes.ts';
import { actionRoutes } from './actions/routes.ts';
import { agentRoutes } from './agents/routes.ts';
import { callRoutes } from './calls/routes.ts';
import type { VocodeContext } from './context.ts';
import { errorSchemas, renderFailure } from './errors.ts';
import { numberRoutes } from './numbers/routes.ts';
import { promptRoutes } from './prompts/routes.ts';
import { REVISION_2023, REVISION_2024, type VocodeRevision } from './revision.ts';
import { usageRoutes } from './usage/routes.ts';
import { vectorDatabaseRoutes } from './vector-databases/routes.ts';
import { voiceRoutes } from './voices/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

/**
 * Vocode's API in both of its revisions: the first at the root, where its clients expect it, the last under a prefix
 * of its own, and at the root for the keys that name it.
 */
export function vocodeDialects(context: VocodeContext): Dialect[] {
  return [
    { ...dialectOf(context, REVISION_2023), mounts: ['', '/vocode'], territory: ['/v1', '/vocode'] },
    {
      ...dialectOf(context, REVISION_2024),
      mounts: ['/vocode-2024'],
      keyedMounts: [''],
      territory: ['/vocode-2024'],
    },
  ];
}

function dialectOf(
  context: VocodeContext,
  revision: VocodeRevision,
): Omit<Dialect, 'mounts' | 'keyedMounts' | 'territory'> {
  errorSchemas(revision);
  return {
    name: revision.name,
    title: `Offhook: the Vocode API of ${revision.date}`,
    routes: [
      ...numberRoutes(context, revision),
      ...agentRoutes(context, revision),
      ...promptRoutes(context, revision),
      ...actionRoutes(context, revision),
      ...voiceRoutes(context, revision),
      ...webhookRoutes(context, revision),
      ...vectorDatabaseRoutes(context, revision),
      ...accountConnectionRoutes(context, revision),
      ...callRoutes(context, revision),
      ...usageRoutes(context, revision),
    ],
    components: revision.components,
    renderFailure: (failure) => renderFailure(failure, revision),
  };
}
