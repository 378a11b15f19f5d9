import { isIPv4 } from 'node:net';
import * as z from 'zod';
import type { Credential } from '../../../domain/credentials/credential.ts';
import { newId } from '../../../lib/ids.ts';
import { checked } from '../../server/failure.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import { idParams, listQuery, toListQuery } from '../list-query.ts';
import { fromCredential } from './from-domain.ts';
import {
  createCredentialSchema,
  credentialSchema,
  updateCredentialSchema,
  updateCredentialSchemas,
} from './schema.ts';
import { toCredential, withChanges } from './to-domain.ts';

const tag = 'Credentials';

export function credentialRoutes(context: VapiContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes(context: VapiContext): Route[] {
  const { credentials, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/credential',
      operationId: 'CredentialController_create',
      summary: 'Create Credential',
      tag,
      body: createCredentialSchema,
      status: 201,
      response: credentialSchema,
      handle: async ({ orgId, body }) => {
        const now = clock.now();
        const credential = toCredential(body, { id: newId(now), orgId, now });
        checkGateways(credential);
        await credentials.insert(credential);
        return fromCredential(credential);
      },
    }),
    route({
      method: 'PATCH',
      path: '/credential/:id',
      operationId: 'CredentialController_update',
      summary: 'Update Credential',
      tag,
      params: idParams,
      body: updateCredentialSchema,
      bodyCheckedLate: true,
      status: 200,
      response: credentialSchema,
      handle: async ({ orgId, params, body }) => {
        const current = known(await credentials.get(orgId, params.id), params.id);
        const changes = checked(updateCredentialSchemas[current.provider], body);
        const updated = await credentials.update(orgId, params.id, (credential) => {
          const changed = withChanges(credential, changes, clock.now());
          checkGateways(changed);
          return changed;
        });
        return fromCredential(known(updated, params.id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/credential/:id',
      operationId: 'CredentialController_remove',
      summary: 'Delete Credential',
      tag,
      params: idParams,
      status: 200,
      response: credentialSchema,
      handle: async ({ orgId, params }) =>
        fromCredential(known(await credentials.remove(orgId, params.id), params.id)),
    }),
  ];
}

function readingRoutes({ credentials }: VapiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/credential',
      operationId: 'CredentialController_findAll',
      summary: 'List Credentials',
      tag,
      query: listQuery,
      status: 200,
      response: z.array(credentialSchema),
      handle: async ({ orgId, query }) =>
        (await credentials.list(orgId, toListQuery(query))).map(fromCredential),
    }),
    route({
      method: 'GET',
      path: '/credential/:id',
      operationId: 'CredentialController_findOne',
      summary: 'Get Credential',
      tag,
      params: idParams,
      status: 200,
      response: credentialSchema,
      handle: async ({ orgId, params }) =>
        fromCredential(known(await credentials.get(orgId, params.id), params.id)),
    }),
  ];
}

function known(credential: Credential | undefined, id: string): Credential {
  if (!credential) throw notFound('Credential', id);
  return credential;
}

/** Calls from a trunk are known by their source address, so a gateway that sends them cannot be a name. */
function checkGateways(credential: Credential): void {
  if (credential.provider !== 'byo-sip-trunk') return;
  if (credential.gateways.some(({ ip, inboundEnabled }) => inboundEnabled && !isIPv4(ip))) {
    throw refusal("Couldn't validate SIP trunk credential. SIP gateway creation failed.");
  }
}
