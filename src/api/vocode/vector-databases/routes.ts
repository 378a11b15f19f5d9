import type { Route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { partRoutes } from '../part-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { fromVectorDatabase } from './from-domain.ts';
import { vectorDatabaseSchemas } from './schema.ts';
import { toVectorDatabase, withVectorDatabase } from './to-domain.ts';

export function vectorDatabaseRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const { params, update, shown } = vectorDatabaseSchemas(revision);
  return partRoutes(context, revision, {
    kind: 'vector-database',
    noun: 'vector_database',
    name: 'VectorDatabase',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: shown,
    make: (body) => ({ database: toVectorDatabase(body) }),
    change: ({ database }, body) => ({ database: withVectorDatabase(database, body) }),
    show: fromVectorDatabase,
    showItem: fromVectorDatabase,
  });
}
