import type { Dialect } from './dialect.ts';
import type { Method, Route } from './route.ts';

/** A route and the dialect that it belongs to. */
export interface DialectRoute {
  dialect: Dialect;
  route: Route;
}

/** One method at one URL, and who answers there. */
export interface RoutePlace {
  method: Method;
  url: string;
  /** Answers any key; unset where only keys that name a dialect are answered. */
  open?: DialectRoute;
  /** Answers the keys that name its dialect, by that name. */
  keyed: Map<string, DialectRoute>;
}

/**
 * Every place at which some dialect answers, in the order of the dialects.
 * @throws {Error} when two dialects want to answer the same keys at one place.
 */
export function routeTable(dialects: readonly Dialect[]): RoutePlace[] {
  const places = new Map<string, RoutePlace>();
  const at = (method: Method, url: string): RoutePlace => {
    const id = `${method} ${url}`;
    const place = places.get(id) ?? { method, url, keyed: new Map() };
    places.set(id, place);
    return place;
  };
  for (const { dialect, route, path } of everyPath(dialects)) {
    for (const mount of dialect.mounts) {
      const place = at(route.method, `${mount}${path}`);
      if (place.open) throw new Error(`${place.method} ${place.url} is routed twice`);
      place.open = { dialect, route };
    }
    for (const mount of dialect.keyedMounts ?? []) {
      const place = at(route.method, `${mount}${path}`);
      if (place.keyed.has(dialect.name)) throw new Error(`${place.method} ${place.url} is routed twice`);
      place.keyed.set(dialect.name, { dialect, route });
    }
  }
  return [...places.values()];
}

/** What answers a key at a place: the dialect that the key names where it is there, else the one for any key. */
export function chosenRoute(
  { open, keyed }: RoutePlace,
  named: string | undefined,
): DialectRoute | undefined {
  return (named === undefined ? undefined : keyed.get(named)) ?? open;
}

function* everyPath(dialects: readonly Dialect[]): Generator<DialectRoute & { path: string }> {
  for (const dialect of dialects) {
    for (const route of dialect.routes) {
      for (const path of [route.path, ...(route.aliases ?? [])]) yield { dialect, route, path };
    }
  }
}
