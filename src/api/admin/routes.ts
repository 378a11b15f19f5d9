import * as z from 'zod';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import { ExchangeError } from '../../domain/errors.ts';
import { createApiKey } from '../../domain/orgs/api-key.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import type { KeyRing } from '../server/key-ring.ts';
import { type Route, route } from '../server/route.ts';
import { fromKey, fromOrg, fromTimeline } from './from-domain.ts';
import {
  createdKeySchema,
  createKeySchema,
  idParams,
  keySchema,
  orgSchema,
  timelineSchema,
} from './schema.ts';
import { toKey } from './to-domain.ts';

export interface AdminContext {
  orgs: OrgRepository;
  calls: CallRepository;
  keys: KeyRing;
  clock: Clock;
}

/** A key manages what belongs to its own org, nothing else. */
export function adminRoutes(context: AdminContext): Route[] {
  const { orgs, calls } = context;
  return [
    ...keyRoutes(context),
    route({
      method: 'GET',
      path: '/org',
      operationId: 'getOrg',
      summary: 'The org that the key belongs to',
      tag: 'Org',
      status: 200,
      response: orgSchema,
      handle: async ({ orgId }) => fromOrg(known(await orgs.getOrg(orgId), 'org')),
    }),
    route({
      method: 'GET',
      path: '/calls/:id/timeline',
      operationId: 'getCallTimeline',
      summary: 'Everything that happened in a call, in order',
      tag: 'Calls',
      params: idParams,
      status: 200,
      response: timelineSchema,
      handle: async ({ orgId, params }) => {
        const call = known(await calls.get(orgId, params.id), 'call');
        return fromTimeline(call, await calls.events(orgId, call.id));
      },
    }),
  ];
}

function keyRoutes({ orgs, keys, clock }: AdminContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/keys',
      operationId: 'createKey',
      summary: 'Make a key',
      tag: 'Keys',
      body: createKeySchema,
      status: 201,
      response: createdKeySchema,
      handle: async ({ orgId, body }) => {
        const made = createApiKey();
        const key = toKey(body, made.prefix, orgId, clock.now());
        await orgs.insertKey(key, made.hash);
        return { ...fromKey(key), key: made.key };
      },
    }),
    route({
      method: 'GET',
      path: '/keys',
      operationId: 'listKeys',
      summary: "The org's keys",
      tag: 'Keys',
      status: 200,
      response: z.array(keySchema),
      handle: async ({ orgId }) => (await orgs.listKeys(orgId)).map(fromKey),
    }),
    route({
      method: 'DELETE',
      path: '/keys/:id',
      operationId: 'revokeKey',
      summary: 'Revoke a key, for good',
      tag: 'Keys',
      params: idParams,
      status: 200,
      response: keySchema,
      handle: async ({ orgId, params }) => {
        const own = (await orgs.listKeys(orgId)).some(({ id }) => id === params.id);
        const revoked = own ? await orgs.revokeKey(params.id, clock.now()) : undefined;
        keys.forget(params.id);
        return fromKey(known(revoked, 'key'));
      },
    }),
  ];
}

function known<T>(value: T | undefined, thing: string): T {
  if (value === undefined) throw new ExchangeError('not-found', `There is no such ${thing}.`);
  return value;
}
