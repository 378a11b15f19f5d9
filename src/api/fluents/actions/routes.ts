import { actionResource } from '../../server/part-resource.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { fromAction } from './from-domain.ts';
import { actionPageSchema, actionSchema, createActionSchema, updateActionSchema } from './schema.ts';
import { toAction, withAction } from './to-domain.ts';

export function actionRoutes(context: FluentsContext): Route[] {
  return resourceRoutes({
    noun: 'action',
    createSchema: createActionSchema,
    updateSchema: updateActionSchema,
    schema: actionSchema,
    pageSchema: actionPageSchema,
    ...actionResource(context, { make: toAction, change: withAction }),
    show: fromAction,
  });
}
