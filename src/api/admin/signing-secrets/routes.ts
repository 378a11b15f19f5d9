import * as z from 'zod';
import type { OrgRepository } from '../../../domain/orgs/org-repository.ts';
import {
  createSigningSecret,
  liveSigningSecrets,
  signingSecretId,
  withNewSigningSecret,
  withoutSigningSecret,
} from '../../../domain/orgs/signing-secret.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { fromSigningSecret } from './from-domain.ts';
import {
  createdSigningSecretSchema,
  createSigningSecretSchema,
  secretParams,
  signingSecretSchema,
} from './schema.ts';

/** The keys of the Standard Webhooks signature that every delivery of the org carries. */
export function signingSecretRoutes({ orgs, clock }: { orgs: OrgRepository; clock: Clock }): Route[] {
  return [
    route({
      method: 'POST',
      path: '/org/signing-secrets',
      operationId: 'createSigningSecret',
      summary: 'Make a signing secret; those before it expire after the grace period',
      tag: 'Org',
      body: createSigningSecretSchema,
      status: 201,
      response: createdSigningSecretSchema,
      handle: async ({ orgId, body }) => {
        const now = clock.now();
        const made = createSigningSecret(now);
        const graceMs = body.gracePeriodSeconds * 1000;
        known(await orgs.updateOrg(orgId, (org) => withNewSigningSecret(org, made, graceMs, now)), 'org');
        return { ...fromSigningSecret(made), secret: made.secret.reveal() };
      },
    }),
    route({
      method: 'GET',
      path: '/org/signing-secrets',
      operationId: 'listSigningSecrets',
      summary: 'The secrets that sign now, the newest first',
      tag: 'Org',
      status: 200,
      response: z.array(signingSecretSchema),
      handle: async ({ orgId }) => {
        const org = known(await orgs.getOrg(orgId), 'org');
        return liveSigningSecrets(org, clock.now()).map(fromSigningSecret);
      },
    }),
    route({
      method: 'DELETE',
      path: '/org/signing-secrets/:id',
      operationId: 'deleteSigningSecret',
      summary: 'Let a secret sign no more from now on',
      tag: 'Org',
      params: secretParams,
      status: 200,
      response: signingSecretSchema,
      handle: async ({ orgId, params }) => {
        const now = clock.now();
        const before = known(await orgs.getOrg(orgId), 'org');
        const found = liveSigningSecrets(before, now).find((each) => signingSecretId(each) === params.id);
        const secret = known(found, 'signing secret');
        await orgs.updateOrg(orgId, (org) => withoutSigningSecret(org, params.id, now));
        return fromSigningSecret(secret);
      },
    }),
  ];
}
