import type * as z from 'zod';
import type { PartKind, PartOf, PartValue } from '../../domain/parts/part.ts';
import { partResource } from '../server/part-resource.ts';
import type { Route } from '../server/route.ts';
import type { VocodeContext } from './context.ts';
import { type Resource, resourceRoutes } from './resource-routes.ts';
import type { VocodeRevision } from './revision.ts';

type PartResource<K extends PartKind, P extends z.ZodType, U extends z.ZodType> = Pick<
  Resource<PartOf<K>, P, U>,
  'noun' | 'name' | 'createSchema' | 'updateSchema' | 'schema' | 'itemSchema' | 'showItem'
> & {
  kind: K;
  make(body: z.output<P>): PartValue<K>;
  change(current: PartOf<K>, body: z.output<U>): PartValue<K>;
  show(part: PartOf<K>): unknown;
};

/** The routes of a kind of parts that agents are made of. A change reaches every agent that refers to the part. */
export function partRoutes<K extends PartKind, P extends z.ZodType, U extends z.ZodType>(
  context: VocodeContext,
  revision: VocodeRevision,
  { kind, make, change, show, ...resource }: PartResource<K, P, U>,
): Route[] {
  return resourceRoutes<PartOf<K>, P, U>(revision, {
    ...resource,
    ...partResource(context, kind, { make, change }),
    show: async (part) => show(part),
  });
}
