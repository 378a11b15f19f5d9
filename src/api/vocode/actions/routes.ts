import { actionResource } from '../../server/part-resource.ts';
import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromAction } from './from-domain.ts';
import { type ActionParams, type ActionUpdateParams, actionSchemas } from './schema.ts';
import { toAction, withAction } from './to-domain.ts';

/** Actions are the tools of the org. */
export function actionRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const { params, update, shown } = actionSchemas(revision);
  return resourceRoutes(revision, {
    noun: 'action',
    name: 'Action',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: shown,
    ...actionResource(context, {
      make: (body: ActionParams) => toAction(body),
      change: (tool, body: ActionUpdateParams) => withAction(tool, body, revision),
    }),
    show: async (stored) => fromAction(stored),
    showItem: fromAction,
  });
}
