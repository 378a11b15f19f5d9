import { newId } from '../../../lib/ids.ts';
import { credentialPage } from '../../server/credential-page.ts';
import { type Route, route } from '../../server/route.ts';
import type { VocodeContext } from '../context.ts';
import { notFound, refusal } from '../errors.ts';
import { toPhone } from '../phone-digits.ts';
import { idQuery, resourceRoutes } from '../resource-routes.ts';
import type { VocodeRevision } from '../revision.ts';
import { accountConnection } from './find.ts';
import { fromAccountConnection, isAccountCredential } from './from-domain.ts';
import { accountConnectionSchemas } from './schema.ts';
import { type TwilioCredential, toAccountConnection, withAccountConnection, withPool } from './to-domain.ts';

/** Account connections are the org's credentials of those kinds that this API knows. */
export function accountConnectionRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const { credentials, clock } = context;
  const { params, update, shown } = accountConnectionSchemas(revision);
  const resource = resourceRoutes(revision, {
    noun: 'account_connection',
    name: 'AccountConnection',
    createSchema: params,
    updateSchema: update,
    schema: shown,
    itemSchema: shown,
    get: (orgId, id) => accountConnection(credentials, orgId, id),
    page: (orgId, query) => credentialPage(credentials, orgId, query, isAccountCredential),
    create: async (orgId, body) => {
      const now = clock.now();
      const credential = toAccountConnection(body, { id: newId(now), orgId, now });
      await credentials.insert(credential);
      return credential;
    },
    update: async (orgId, id, body) => {
      const current = await accountConnection(credentials, orgId, id);
      if (!current) return undefined;
      // The kind of a credential never changes, so what was found is of the same kind when it is written.
      await credentials.update(orgId, id, (credential) =>
        withAccountConnection(credential as typeof current, body, clock.now()),
      );
      return accountConnection(credentials, orgId, id);
    },
    show: async (credential) => fromAccountConnection(credential),
    showItem: fromAccountConnection,
  });
  return [...resource, ...poolRoutes(context, revision)];
}

/** The numbers that an account's calls may be placed from. */
function poolRoutes({ credentials, clock }: VocodeContext, revision: VocodeRevision): Route[] {
  const { addToPool, removeFromPool, nothing } = accountConnectionSchemas(revision);
  const changePool = async (orgId: string, id: string, change: (pool: string[]) => string[]) => {
    const current = await accountConnection(credentials, orgId, id);
    if (!current) throw notFound('Account connection');
    if (current.provider !== 'twilio') throw refusal('This account connection has no steering pool.');
    await credentials.update(orgId, id, (credential) => {
      const twilio = credential as TwilioCredential;
      return withPool(twilio, change(twilio.steeringPool ?? []), clock.now());
    });
    return {};
  };
  const shared = { method: 'POST', tag: 'account_connections', query: idQuery, status: 200 } as const;
  return [
    route({
      ...shared,
      path: '/v1/account_connections/add_to_steering_pool',
      operationId: 'add_to_steering_pool',
      summary: 'Add a number that calls may be placed from',
      body: addToPool,
      response: nothing,
      handle: ({ orgId, query, body }) => {
        const phoneNumber = body?.phone_number;
        if (!phoneNumber) {
          throw refusal('Numbers cannot be bought on this exchange yet: name one in phone_number.');
        }
        return changePool(orgId, query.id, (pool) => [...pool, toPhone(phoneNumber)]);
      },
    }),
    route({
      ...shared,
      path: '/v1/account_connections/remove_from_steering_pool',
      operationId: 'remove_from_steering_pool',
      summary: 'Take such a number out again',
      body: removeFromPool,
      response: nothing,
      handle: ({ orgId, query, body }) =>
        changePool(orgId, query.id, (pool) => pool.filter((one) => one !== toPhone(body.phone_number))),
    }),
  ];
}
