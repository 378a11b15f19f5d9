import type { Dialect } from '../server/dialect.ts';
import { components, renderFailure } from './errors.ts';
import { type AdminContext, adminRoutes } from './routes.ts';

/** The exchange's own API. */
export function adminDialect(context: AdminContext): Dialect {
  return {
    name: 'admin',
    title: 'Offhook: the exchange itself',
    mounts: ['/admin'],
    territory: ['/admin'],
    routes: adminRoutes(context),
    components,
    renderFailure,
  };
}
