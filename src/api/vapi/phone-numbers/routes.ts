import * as z from 'zod';
import type { CredentialProvider } from '../../../domain/credentials/credential.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { NumberTakenError } from '../../../domain/numbers/number-repository.ts';
import type { ListQuery } from '../../../domain/page.ts';
import { newId } from '../../../lib/ids.ts';
import { checked, fieldInvalid } from '../../server/failure.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { numberProblem } from '../destinations/schema.ts';
import { notFound, refusal } from '../errors.ts';
import { compact } from '../fields.ts';
import { idParams, listQuery, pageQuery, toListQuery } from '../list-query.ts';
import { requireAssistant, requireCredential } from '../references.ts';
import { fromNumber, providerOf } from './from-domain.ts';
import {
  type CreateNumberBody,
  createNumberSchema,
  type Provider,
  phoneNumberPageSchema,
  phoneNumberSchema,
  type UpdateNumberBody,
  updateNumberSchema,
  updateNumberSchemas,
} from './schema.ts';
import { sipUriProblem } from './sip-host.ts';
import { toNumber, withChanges } from './to-domain.ts';
import { isRepeatedCreate } from './twin.ts';

const tag = 'Phone Numbers';

export function phoneNumberRoutes(context: VapiContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes(context: VapiContext): Route[] {
  const { numbers, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/phone-number',
      operationId: 'PhoneNumberController_create',
      summary: 'Create Phone Number',
      tag,
      body: createNumberSchema,
      status: 201,
      response: phoneNumberSchema,
      handle: async ({ orgId, body }) => fromNumber(await createNumber(context, orgId, body)),
    }),
    route({
      method: 'PATCH',
      path: '/phone-number/:id',
      operationId: 'PhoneNumberController_update',
      summary: 'Update Phone Number',
      tag,
      params: idParams,
      body: updateNumberSchema,
      bodyCheckedLate: true,
      status: 200,
      response: phoneNumberSchema,
      handle: async ({ orgId, params, body }) => {
        const current = known(await numbers.get(orgId, params.id), params.id);
        const changes = checked(updateNumberSchemas[providerOf(current)], body);
        await checkReferences(context, orgId, providerOf(current), changes);
        const change = (number: PhoneNumber): PhoneNumber => {
          const changed = withChanges(number, changes, clock.now());
          checkAddresses(changed, changes, context);
          return changed;
        };
        const updated = await untaken(() => numbers.update(orgId, params.id, change));
        return fromNumber(known(updated, params.id));
      },
    }),
    route({
      method: 'DELETE',
      path: '/phone-number/:id',
      operationId: 'PhoneNumberController_remove',
      summary: 'Delete Phone Number',
      tag,
      params: idParams,
      status: 200,
      response: phoneNumberSchema,
      handle: async ({ orgId, params }) =>
        fromNumber(known(await numbers.remove(orgId, params.id), params.id)),
    }),
  ];
}

function readingRoutes(context: VapiContext): Route[] {
  const { numbers } = context;
  return [
    route({
      method: 'GET',
      path: '/phone-number',
      operationId: 'PhoneNumberController_findAll',
      summary: 'List Phone Numbers',
      tag,
      query: listQuery,
      status: 200,
      response: z.array(phoneNumberSchema),
      handle: async ({ orgId, query }) => (await numbers.list(orgId, toListQuery(query))).map(fromNumber),
    }),
    route({
      method: 'GET',
      path: '/v2/phone-number',
      operationId: 'PhoneNumberController_findAllPaginated',
      summary: 'List Phone Numbers In Pages',
      tag,
      query: pageQuery,
      status: 200,
      response: phoneNumberPageSchema,
      handle: ({ orgId, query }) => pageOfNumbers(context, orgId, query),
    }),
    route({
      method: 'GET',
      path: '/phone-number/:id',
      operationId: 'PhoneNumberController_findOne',
      summary: 'Get Phone Number',
      tag,
      params: idParams,
      status: 200,
      response: phoneNumberSchema,
      handle: async ({ orgId, params }) => fromNumber(known(await numbers.get(orgId, params.id), params.id)),
    }),
  ];
}

function known(number: PhoneNumber | undefined, id: string): PhoneNumber {
  if (!number) throw notFound('Phone Number', id);
  return number;
}

async function createNumber(
  context: VapiContext,
  orgId: string,
  body: CreateNumberBody,
): Promise<PhoneNumber> {
  if (body.provider === 'vapi' && body.numberDesiredAreaCode) {
    throw refusal(
      "Couldn't Buy Phone Number. Buying Needs A Carrier Credential That Can Buy Numbers, And There Is None. " +
        'Hint: Import a number of your own, or leave out `numberDesiredAreaCode` to get a SIP number.',
    );
  }
  const now = context.clock.now();
  const wanted = toNumber(body, { id: newId(now), orgId, now });
  checkAddresses(wanted, body, context);
  await checkReferences(context, orgId, body.provider, body);
  if (wanted.carrier === 'sip' && !wanted.sipUri) {
    wanted.sipUri = `sip:${newId(now)}@${context.sipDomain()}`;
  }
  try {
    await context.numbers.insert(wanted);
    return wanted;
  } catch (error) {
    if (!(error instanceof NumberTakenError)) throw error;
    const { address, sipUri, credentialId } = wanted;
    const twin = await context.numbers.findTwin(orgId, compact({ address, sipUri, credentialId }));
    if (twin && isRepeatedCreate(twin, wanted, now)) return twin;
    throw taken(error);
  }
}

async function untaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof NumberTakenError ? taken(error) : error;
  }
}

function taken(error: NumberTakenError): Error {
  const thing = error.field === 'number' ? 'Number' : 'SIP URI';
  return refusal(`Couldn't Save Phone Number. Existing Phone Number Uses This ${thing} Already.`);
}

/** Rules between fields that a schema of one body cannot see. */
function checkAddresses(
  number: PhoneNumber,
  body: CreateNumberBody | UpdateNumberBody,
  context: VapiContext,
): void {
  if (number.carrier === 'trunk' && number.address !== undefined) {
    const problem = numberProblem(number.address, number.e164CheckEnabled);
    if (problem) throw fieldInvalid(['number'], problem);
  }
  if ('sipUri' in body && body.sipUri) {
    const problem = sipUriProblem(body.sipUri, context);
    if (problem) throw fieldInvalid(['sipUri'], problem);
  }
}

/** The credential that a provider's numbers need. */
const CREDENTIAL_PROVIDERS: Readonly<Partial<Record<Provider, CredentialProvider>>> = {
  'byo-phone-number': 'byo-sip-trunk',
  telnyx: 'telnyx',
  vonage: 'vonage',
};

async function checkReferences(
  context: VapiContext,
  orgId: string,
  provider: Provider,
  body: CreateNumberBody | UpdateNumberBody,
): Promise<void> {
  if ('credentialId' in body && body.credentialId) {
    await requireCredential(context, orgId, body.credentialId, CREDENTIAL_PROVIDERS[provider]);
  }
  if (body.server?.credentialId) await requireCredential(context, orgId, body.server.credentialId);
  if (body.assistantId) await requireAssistant(context, orgId, body.assistantId);
}

async function pageOfNumbers(
  context: VapiContext,
  orgId: string,
  query: z.output<typeof pageQuery>,
): Promise<unknown> {
  const slice: ListQuery = toListQuery(query);
  const currentPage = query.page ?? 1;
  const { items, total } = await context.numbers.page(orgId, {
    ...slice,
    offset: (currentPage - 1) * slice.limit,
    order: query.sortOrder === 'ASC' ? 'ascending' : 'descending',
    ...(query.search && { search: query.search }),
  });
  const totalPages = slice.limit > 0 ? Math.ceil(total / slice.limit) : 0;
  return {
    results: items.map(fromNumber),
    metadata: compact({
      itemsPerPage: slice.limit,
      totalItems: total,
      currentPage,
      totalPages,
      hasNextPage: currentPage < totalPages,
      sortOrder: query.sortOrder ?? 'DESC',
      createdAtLe: query.createdAtLe,
      createdAtGe: query.createdAtGe,
    }),
  };
}
