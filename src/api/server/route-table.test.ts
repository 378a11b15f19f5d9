import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import type { Dialect } from './dialect.ts';
import { type Route, route } from './route.ts';
import { chosenRoute, routeTable } from './route-table.ts';

const routeAt = (path: string, aliases?: string[]): Route =>
  route({
    method: 'GET',
    path,
    ...(aliases && { aliases }),
    operationId: 'look',
    summary: 'Look',
    tag: 'Things',
    status: 200,
    handle: async () => ({}),
  });

const dialect = (name: string, mounts: string[], routes: Route[], keyedMounts?: string[]): Dialect => ({
  name,
  title: name,
  mounts,
  ...(keyedMounts && { keyedMounts }),
  territory: [],
  routes,
  components: z.registry<{ id: string }>(),
  renderFailure: () => ({ status: 500, body: {} }),
});

describe('the table of routes', () => {
  const old = dialect('old', ['', '/old'], [routeAt('/v1/a', ['/v1/a/']), routeAt('/v1/b')]);
  const young = dialect('young', ['/young'], [routeAt('/v1/a'), routeAt('/v1/c')], ['']);
  const places = routeTable([old, young]);
  const at = (url: string) => {
    const place = places.find((one) => one.url === url);
    assert.ok(place, url);
    return place;
  };
  const answering = (url: string, named?: string) => chosenRoute(at(url), named)?.dialect.name;

  it('has each route at each mount, and at its further paths', () => {
    assert.deepEqual(places.map(({ url }) => url).sort(), [
      '/old/v1/a',
      '/old/v1/a/',
      '/old/v1/b',
      '/v1/a',
      '/v1/a/',
      '/v1/b',
      '/v1/c',
      '/young/v1/a',
      '/young/v1/c',
    ]);
  });

  it('lets a key choose among the dialects that share a path', () => {
    assert.equal(answering('/v1/a'), 'old');
    assert.equal(answering('/v1/a', 'old'), 'old');
    assert.equal(answering('/v1/a', 'young'), 'young');
    assert.equal(answering('/v1/a', 'other'), 'old');
    assert.equal(answering('/v1/b', 'young'), 'old');
    assert.equal(answering('/old/v1/a', 'young'), 'old');
  });

  it('has nothing for a key that does not name the only dialect at a path', () => {
    assert.equal(answering('/v1/c', 'young'), 'young');
    assert.equal(answering('/v1/c'), undefined);
  });

  it('refuses two dialects for the same keys at one path', () => {
    assert.throws(() => routeTable([old, dialect('third', [''], [routeAt('/v1/b')])]), /routed twice/);
  });
});
