import type * as z from 'zod';
import type { PartKind, PartOf, PartValue } from '../../domain/parts/part.ts';
import { newId } from '../../lib/ids.ts';
import type { Route } from '../server/route.ts';
import type { VocodeContext } from './context.ts';
import { type Resource, resourceRoutes } from './resource-routes.ts';
import type { VocodeRevision } from './revision.ts';

type PartResource<K extends PartKind, P extends z.ZodType, U extends z.ZodType> = Pick<
  Resource<PartOf<K>, P, U>,
  'noun' | 'name' | 'paramsSchema' | 'updateSchema' | 'schema' | 'itemSchema' | 'showItem'
> & {
  kind: K;
  make(body: z.output<P>): PartValue<K>;
  change(current: PartOf<K>, body: z.output<U>): PartValue<K>;
  show(part: PartOf<K>): unknown;
};

/** The routes of a kind of parts that agents are made of. A change reaches every agent that refers to the part. */
export function partRoutes<K extends PartKind, P extends z.ZodType, U extends z.ZodType>(
  { parts, clock }: VocodeContext,
  revision: VocodeRevision,
  { kind, make, change, show, ...resource }: PartResource<K, P, U>,
): Route[] {
  return resourceRoutes<PartOf<K>, P, U>(revision, {
    ...resource,
    get: (orgId, id) => parts.get(orgId, kind, id),
    page: (orgId, query) => parts.page(orgId, kind, query),
    create: async (orgId, body) => {
      const now = clock.now();
      const identity = { id: newId(now), orgId, createdAt: now, updatedAt: now };
      const part = { ...identity, kind, ...make(body) } as unknown as PartOf<K>;
      await parts.insert(part);
      return part;
    },
    update: (orgId, id, body) =>
      parts.update(orgId, kind, id, (part) => ({ ...part, ...change(part, body), updatedAt: clock.now() })),
    show: async (part) => show(part),
  });
}
