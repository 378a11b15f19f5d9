import * as z from 'zod';
import type { CallRepository } from '../../domain/calls/call-repository.ts';
import type { DeliveryRepository } from '../../domain/deliveries/delivery-repository.ts';
import { createApiKey } from '../../domain/orgs/api-key.ts';
import type { LiveCalls } from '../../flow/live/live-calls.ts';
import type { Logger } from '../../lib/logger.ts';
import type { KeyRing } from '../server/key-ring.ts';
import { type Route, route } from '../server/route.ts';
import { deliveryRoutes } from './deliveries/routes.ts';
import { eventStreamRoute } from './event-stream.ts';
import { fromKey, fromTimeline } from './from-domain.ts';
import { type KnowledgeContext, knowledgeRoutes } from './knowledge/routes.ts';
import { known } from './known.ts';
import { type NumbersContext, numberRoutes } from './numbers/routes.ts';
import { type OrgContext, orgRoutes } from './org/routes.ts';
import { type ScenariosContext, scenarioRoutes } from './scenarios/routes.ts';
import { createdKeySchema, createKeySchema, idParams, keySchema, timelineSchema } from './schema.ts';
import { signingSecretRoutes } from './signing-secrets/routes.ts';
import { toKey } from './to-domain.ts';
import { type TrunksContext, trunkRoutes } from './trunks/routes.ts';

export interface AdminContext
  extends OrgContext,
    NumbersContext,
    KnowledgeContext,
    ScenariosContext,
    TrunksContext {
  calls: CallRepository;
  deliveries: DeliveryRepository;
  keys: KeyRing;
  live: LiveCalls;
  logger: Logger;
}

/** A key manages what belongs to its own org, nothing else. */
export function adminRoutes(context: AdminContext): Route[] {
  const { calls, live, clock, logger } = context;
  return [
    ...keyRoutes(context),
    ...orgRoutes(context),
    ...signingSecretRoutes(context),
    ...numberRoutes(context),
    ...deliveryRoutes(context),
    ...knowledgeRoutes(context),
    ...scenarioRoutes(context),
    ...trunkRoutes(context),
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
    eventStreamRoute({ calls, grew: live.timelineGrew, clock, logger }),
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
