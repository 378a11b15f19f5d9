import type { Dialect } from '../server/dialect.ts';
import { components } from './components.ts';
import type { OpencxContext } from './context.ts';
import { renderFailure } from './errors.ts';
import { inboundTrunkRoutes } from './inbound-trunk/routes.ts';
import { outboundCallRoutes } from './outbound-calls/routes.ts';
import { outboundTrunkRoutes } from './outbound-trunks/routes.ts';
import { phoneAgentRoutes } from './phone-agents/routes.ts';
import { transferDestinationRoutes } from './transfer-destinations/routes.ts';
import { voiceRoutes } from './voices/routes.ts';

/** The phone API of open.cx: at the root, where its clients expect it, and under its own prefix. */
export function opencxDialect(context: OpencxContext): Dialect {
  return {
    name: 'opencx',
    title: 'Offhook: the open.cx phone API',
    mounts: ['', '/opencx'],
    territory: ['/phone', '/opencx'],
    routes: [
      ...phoneAgentRoutes(context),
      ...voiceRoutes(context),
      ...inboundTrunkRoutes(context),
      ...outboundTrunkRoutes(context),
      ...transferDestinationRoutes(context),
      ...outboundCallRoutes(context),
    ],
    components,
    renderFailure,
  };
}
