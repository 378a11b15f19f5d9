import type { $ZodRegistry } from 'zod/v4/core';
import type { Failure } from './failure.ts';
import type { Route } from './route.ts';

/** Schemas that an OpenAPI document names; every other schema is printed in its place. */
export type SchemaRegistry = $ZodRegistry<{ id: string }>;

/** One vendor's face of the exchange. */
export interface Dialect {
  name: string;
  title: string;
  /** Prefixes under which the routes stand; the empty one is the root. */
  mounts: readonly string[];
  /** Prefixes under which it answers only the keys that name it; every other key gets the dialect mounted there. */
  keyedMounts?: readonly string[];
  /** Path prefixes whose unknown paths are refused in this dialect's words; `/` takes what no other claims. */
  territory: readonly string[];
  routes: readonly Route[];
  /** Named schemas of its OpenAPI document, which stands at `/<name>/openapi.json`. Holds one named `Error`. */
  components: SchemaRegistry;
  /** Words a failure as the vendor does. */
  renderFailure(failure: Failure): { status: number; body: unknown };
}

/** The dialect that answers for a path which no route matched: the one with the longest matching territory. */
export function dialectFor(path: string, dialects: readonly Dialect[]): Dialect | undefined {
  let best: Dialect | undefined;
  let bestLength = -1;
  for (const dialect of dialects) {
    for (const prefix of dialect.territory) {
      const inside = prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
      if (inside && prefix.length > bestLength) {
        best = dialect;
        bestLength = prefix.length;
      }
    }
  }
  return best;
}
