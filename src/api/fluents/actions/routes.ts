import { newId } from '../../../lib/ids.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromAction } from './from-domain.ts';
import { actionPageSchema, actionSchema, createActionSchema, updateActionSchema } from './schema.ts';
import { toAction, withAction } from './to-domain.ts';

export function actionRoutes({ tools, clock }: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'action',
    createSchema: createActionSchema,
    updateSchema: updateActionSchema,
    schema: actionSchema,
    pageSchema: actionPageSchema,
    get: (orgId, id) => tools.get(orgId, id),
    page: (orgId, query) => tools.page(orgId, query),
    async create(orgId, body) {
      const now = clock.now();
      const id = newId(now);
      const made = { id, orgId, tool: { ...toAction(body), id }, createdAt: now, updatedAt: now };
      await tools.insert(made);
      return made;
    },
    update: (orgId, id, body) =>
      tools.update(orgId, id, (stored) => ({
        ...stored,
        tool: withAction(stored.tool, body),
        updatedAt: clock.now(),
      })),
    remove: (orgId, id) => tools.remove(orgId, id),
    show: fromAction,
  });
}
