import type { CredentialRepository } from '../../../domain/credentials/credential-repository.ts';
import { type DialUsageRepository, usageDayOf } from '../../../domain/orgs/dial-usage-repository.ts';
import type { Org } from '../../../domain/orgs/org.ts';
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
  dialUsage: Pick<DialUsageRepository, 'minutesOn'>;
  clock: Clock;
}

export function orgRoutes({ orgs, credentials, dialUsage, clock }: OrgContext): Route[] {
  const shown = async (org: Org | undefined) => {
    const found = known(org, 'org');
    return fromOrg(found, await dialUsage.minutesOn(found.id, usageDayOf(clock.now())));
  };
  return [
    route({
      method: 'GET',
      path: '/org',
      operationId: 'getOrg',
      summary: 'The org that the key belongs to, with its settings',
      tag: 'Org',
      status: 200,
      response: orgSchema,
      handle: async ({ orgId }) => shown(await orgs.getOrg(orgId)),
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
        return shown(changed);
      },
    }),
  ];
}
