import type { Credential } from '../../../domain/credentials/credential.ts';
import { newId } from '../../../lib/ids.ts';
import { credentialPage } from '../../server/credential-page.ts';
import type { Route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { resourceRoutes } from '../resource-routes.ts';
import { typeOf } from './connection-kinds.ts';
import { fromConnection } from './from-domain.ts';
import {
  connectionPageSchema,
  connectionSchema,
  createConnectionSchema,
  updateConnectionSchema,
} from './schema.ts';
import { toConnection, withConnection } from './to-domain.ts';

export function accountConnectionRoutes(context: FluentsContext): Route[] {
  const { credentials, clock } = context;
  const get = async (orgId: string, id: string) => {
    const credential = await credentials.get(orgId, id);
    return credential && isNamed(credential) ? credential : undefined;
  };
  return resourceRoutes({
    noun: 'account_connection',
    createSchema: createConnectionSchema,
    updateSchema: updateConnectionSchema,
    schema: connectionSchema,
    pageSchema: connectionPageSchema,
    get,
    page: (orgId, query) => credentialPage(credentials, orgId, query, isNamed),
    async create(orgId, body) {
      const now = clock.now();
      const credential = toConnection(body, { id: newId(now), orgId, now });
      await credentials.insert(credential);
      return credential;
    },
    async update(orgId, id, body) {
      if (!(await get(orgId, id))) return undefined;
      return credentials.update(orgId, id, (credential) => withConnection(credential, body, clock.now()));
    },
    show: fromConnection,
  });
}

/** A credential that this API has no name for does not exist in it. */
function isNamed(credential: Credential): credential is Credential {
  return typeOf(credential) !== undefined;
}
