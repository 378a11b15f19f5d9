import type { ResourceContext } from '../server/resource-context.ts';

/** What the handlers of this dialect work with. */
export type FluentsContext = ResourceContext;
