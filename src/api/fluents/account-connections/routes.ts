import type { Credential } from '../../../domain/credentials/credential.ts';
import type { ListQuery, Page } from '../../../domain/page.ts';
import { newId } from '../../../lib/ids.ts';
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

/** Credentials read at once while those with a name in this API are picked out. */
const CHUNK = 500;

export function accountConnectionRoutes(context: FluentsContext): Route[] {
  const { credentials, clock } = context;
  const get = async (orgId: string, id: string) => named(await credentials.get(orgId, id));
  return resourceRoutes({
    noun: 'account_connection',
    createSchema: createConnectionSchema,
    updateSchema: updateConnectionSchema,
    schema: connectionSchema,
    pageSchema: connectionPageSchema,
    get,
    page: (orgId, query) => connections(context, orgId, query),
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
function named(credential: Credential | undefined): Credential | undefined {
  return credential && typeOf(credential) ? credential : undefined;
}

/** An org has few credentials: all are read, so that a page is full and the total right. */
async function connections(
  { credentials }: FluentsContext,
  orgId: string,
  { limit, offset = 0, order = 'ascending' }: ListQuery,
): Promise<Page<Credential>> {
  const found: Credential[] = [];
  for (let read = 0; ; read += CHUNK) {
    const chunk = await credentials.list(orgId, { limit: CHUNK, offset: read, order });
    found.push(...chunk.filter((credential) => named(credential)));
    if (chunk.length < CHUNK) return { items: found.slice(offset, offset + limit), total: found.length };
  }
}
