import type { CredentialRepository } from '../../../domain/credentials/credential-repository.ts';
import type { OrgRepository } from '../../../domain/orgs/org-repository.ts';
import type { Clock } from '../../../lib/clock.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { fromOrg } from './from-domain.ts';
import { orgChangesSchema, orgSchema } from './schema.ts';
import { withChanges } from './to-domain.ts';

export interface OrgContext {
  orgs: OrgRepository;
  credentials: CredentialRepository;
  clock: Clock;
}

export function orgRoutes({ orgs, credentials, clock }: OrgContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/org',
      operationId: 'getOrg',
      summary: 'The org that the key belongs to, with its settings',
      tag: 'Org',
      status: 200,
      response: orgSchema,
      handle: async ({ orgId }) => fromOrg(known(await orgs.getOrg(orgId), 'org')),
    }),
    route({
      method: 'PATCH',
      path: '/org',
      operationId: 'updateOrg',
      summary: "Change the org's settings: what is given replaces, null unsets",
      tag: 'Org',
      body: orgChangesSchema,
      status: 200,
      response: orgSchema,
      handle: async ({ orgId, body }) => {
        const credentialId = body.server?.credentialId;
        if (credentialId && !(await credentials.get(orgId, credentialId))) {
          throw fieldInvalid(['server', 'credentialId'], 'is no credential of this org');
        }
        const changed = await orgs.updateOrg(orgId, (org) => withChanges(org, body, clock.now()));
        return fromOrg(known(changed, 'org'));
      },
    }),
  ];
}
