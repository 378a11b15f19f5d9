import { newId } from '../../../lib/ids.ts';
import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromAction } from './from-domain.ts';
import { actionSchemas } from './schema.ts';
import { toAction, withAction } from './to-domain.ts';

/** Actions are the tools of the org. */
export function actionRoutes({ tools, clock }: VocodeContext, revision: VocodeRevision): Route[] {
  const { params, update, shown } = actionSchemas(revision);
  return resourceRoutes(revision, {
    noun: 'action',
    name: 'Action',
    paramsSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: shown,
    get: (orgId, id) => tools.get(orgId, id),
    page: (orgId, query) => tools.page(orgId, query),
    create: async (orgId, body) => {
      const now = clock.now();
      const id = newId(now);
      const stored = { id, orgId, tool: { ...toAction(body), id }, createdAt: now, updatedAt: now };
      await tools.insert(stored);
      return stored;
    },
    update: (orgId, id, body) =>
      tools.update(orgId, id, (stored) => ({
        ...stored,
        tool: withAction(stored.tool, body, revision),
        updatedAt: clock.now(),
      })),
    show: async (stored) => fromAction(stored),
    showItem: fromAction,
  });
}
