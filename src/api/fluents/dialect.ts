import type { Dialect } from '../server/dialect.ts';
import { accountConnectionRoutes } from './account-connections/routes.ts';
import { actionRoutes } from './actions/routes.ts';
import { agentRoutes } from './agents/routes.ts';
import { callRoutes } from './calls/routes.ts';
import { components } from './components.ts';
import type { FluentsContext } from './context.ts';
import { renderFailure } from './errors.ts';
import { messageRoutes } from './messages/routes.ts';
import { numberRoutes } from './numbers/routes.ts';
import { promptRoutes } from './prompts/routes.ts';
import { voiceRoutes } from './voices/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

/** Fluents' API: under its own prefix, and at the root for the keys that are made for it. */
export function fluentsDialect(context: FluentsContext): Dialect {
  return {
    name: 'fluents',
    title: 'Offhook: the Fluents API',
    mounts: ['/fluents'],
    keyedMounts: [''],
    territory: ['/fluents'],
    routes: [
      ...numberRoutes(context),
      ...agentRoutes(context),
      ...promptRoutes(context),
      ...voiceRoutes(context),
      ...webhookRoutes(context),
      ...actionRoutes(context),
      ...accountConnectionRoutes(context),
      ...callRoutes(context),
      ...messageRoutes(context),
    ],
    components,
    renderFailure,
  };
}
