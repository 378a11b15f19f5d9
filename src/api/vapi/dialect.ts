import type { Dialect } from '../server/dialect.ts';
import { assistantRoutes } from './assistants/routes.ts';
import { callRoutes } from './calls/routes.ts';
import { components } from './components.ts';
import type { VapiContext } from './context.ts';
import { credentialRoutes } from './credentials/routes.ts';
import { renderFailure } from './errors.ts';
import './nested-parts.ts';
import { phoneNumberRoutes } from './phone-numbers/routes.ts';
import { squadRoutes } from './squads/routes.ts';
import { toolRoutes } from './tools/routes.ts';

/** Vapi's API: at the root, where its clients expect it, and under its own prefix. */
export function vapiDialect(context: VapiContext): Dialect {
  return {
    name: 'vapi',
    title: 'Offhook: the Vapi API',
    mounts: ['', '/vapi'],
    territory: ['/', '/vapi'],
    routes: [
      ...phoneNumberRoutes(context),
      ...assistantRoutes(context),
      ...squadRoutes(context),
      ...toolRoutes(context),
      ...credentialRoutes(context),
      ...callRoutes(context),
    ],
    components,
    renderFailure,
  };
}
