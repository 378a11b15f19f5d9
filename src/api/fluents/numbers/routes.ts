import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { NumberTakenError } from '../../../domain/numbers/number-repository.ts';
import { newId } from '../../../lib/ids.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { purchaseRefused } from '../../server/number-purchase.ts';
import { pageQuery, shownPage } from '../../server/pages.ts';
import { type Route, route } from '../../server/route.ts';
import { inboundAgentOf } from '../agents/write-agent.ts';
import type { FluentsContext } from '../context.ts';
import { known, refusal } from '../errors.ts';
import { findNumber } from './find-number.ts';
import {
  availableQuery,
  buyNumberSchema,
  type LinkNumberBody,
  linkNumberSchema,
  type NumberKey,
  normalizedNumberSchema,
  numberPageSchema,
  numberQuery,
  numberSchema,
  type UpdateNumberBody,
  updateNumberSchema,
} from './schema.ts';
import { showNormalized, showNumber } from './show-number.ts';
import { canCarry, toNumber, withAgent, withChanges } from './to-domain.ts';

const tag = 'Numbers';

export function numberRoutes(context: FluentsContext): Route[] {
  return [...readingRoutes(context), ...gettingRoutes(context), ...changingRoutes(context)];
}

function readingRoutes(context: FluentsContext): Route[] {
  const { numbers } = context;
  return [
    route({
      method: 'GET',
      path: '/v1/numbers',
      operationId: 'NumberController_getNumber',
      summary: 'Get Number',
      tag,
      query: numberQuery,
      status: 200,
      response: numberSchema,
      handle: async ({ orgId, query }) => showNumber(context, await findNumber(context, orgId, query)),
    }),
    route({
      method: 'GET',
      path: '/v1/numbers/list',
      operationId: 'NumberController_listNumbers',
      summary: 'List Numbers',
      tag,
      query: pageQuery,
      status: 200,
      response: numberPageSchema,
      handle: ({ orgId, query }) =>
        shownPage(
          query,
          (slice) => numbers.page(orgId, slice),
          (number) => showNumber(context, number),
        ),
    }),
    route({
      method: 'GET',
      path: '/v1/numbers/available',
      operationId: 'NumberController_listAvailableNumbers',
      summary: 'List Numbers To Buy (refused: no carrier of this exchange sells any yet)',
      tag,
      query: availableQuery,
      status: 200,
      response: numberPageSchema,
      handle: async ({ orgId, query }) => {
        await checkAccount(context, orgId, query.telephony_account_connection);
        throw purchaseRefused();
      },
    }),
  ];
}

/** How numbers come to the exchange. */
function gettingRoutes(context: FluentsContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/numbers/buy',
      operationId: 'NumberController_buyNumber',
      summary: 'Buy Number (refused: no carrier of this exchange sells any yet)',
      tag,
      body: buyNumberSchema,
      status: 201,
      response: normalizedNumberSchema,
      handle: async ({ orgId, body }) => {
        await checkAccount(context, orgId, body.telephony_account_connection ?? undefined);
        throw purchaseRefused();
      },
    }),
    route({
      method: 'POST',
      path: '/v1/numbers/link',
      operationId: 'NumberController_linkNumber',
      summary: 'Link Number Of An Account Of Your Own',
      tag,
      body: linkNumberSchema,
      status: 201,
      response: normalizedNumberSchema,
      handle: async ({ orgId, body }) => showNormalized(context, await linkNumber(context, orgId, body)),
    }),
  ];
}

function changingRoutes(context: FluentsContext): Route[] {
  const { numbers, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/v1/numbers/update',
      operationId: 'NumberController_updateNumber',
      summary: 'Update Number: what is left out stays, null unsets',
      tag,
      query: numberQuery,
      body: updateNumberSchema,
      status: 201,
      response: normalizedNumberSchema,
      handle: async ({ orgId, query, body }) =>
        showNormalized(context, await updateNumber(context, orgId, query, body)),
    }),
    route({
      method: 'POST',
      path: '/v1/numbers/cancel',
      operationId: 'NumberController_cancelNumber',
      summary: 'Cancel Number: the exchange answers it no longer',
      tag,
      query: numberQuery,
      status: 201,
      response: normalizedNumberSchema,
      handle: async ({ orgId, query }) => {
        const { id } = await findNumber(context, orgId, query);
        const removed = known(await numbers.remove(orgId, id), 'Phone number', id);
        return { ...(await showNormalized(context, removed)), active: false };
      },
    }),
    route({
      method: 'POST',
      path: '/v1/numbers/detach',
      operationId: 'NumberController_detachNumber',
      summary: 'Detach Number From Its Agent',
      tag,
      query: numberQuery,
      status: 201,
      response: numberSchema,
      handle: async ({ orgId, query }) => {
        const { id } = await findNumber(context, orgId, query);
        const changed = await numbers.update(orgId, id, (number) =>
          withAgent(number, undefined, clock.now()),
        );
        return showNumber(context, known(changed, 'Phone number', id));
      },
    }),
  ];
}

async function updateNumber(
  context: FluentsContext,
  orgId: string,
  key: NumberKey,
  body: UpdateNumberBody,
): Promise<PhoneNumber> {
  const { id, binding } = await findNumber(context, orgId, key);
  const { inbound_agent: given } = body;
  const agentId = given && (await inboundAgentOf(context, orgId, given, binding.agentId));
  const now = context.clock.now();
  const changed = await context.numbers.update(orgId, id, (number) => {
    const draft = withChanges(number, body, now);
    return given === undefined ? draft : withAgent(draft, agentId ?? undefined, now);
  });
  return known(changed, 'Phone number', id);
}

async function linkNumber(
  context: FluentsContext,
  orgId: string,
  body: LinkNumberBody,
): Promise<PhoneNumber> {
  const credential = await checkAccount(context, orgId, body.telephony_account_connection);
  if (!credential || !canCarry(credential)) {
    throw refusal(`Account connection ${body.telephony_account_connection} is not one of a carrier`);
  }
  if (!body.phone_number.startsWith('+')) {
    throw fieldInvalid(['phone_number'], 'must be a phone number with its country code');
  }
  const now = context.clock.now();
  const number = toNumber(body, credential, { id: newId(now), orgId, now });
  // Before an agent is made for it. The numbers of two trunks may be the same.
  const others = await context.numbers.findByAddress(body.phone_number);
  const same = others.find((other) => other.orgId === orgId && other.credentialId === credential.id);
  if (same) return linkedAgain(context, same, body);
  const isTaken = others.some(({ carrier, credentialId }) =>
    carrier === 'trunk' && number.carrier === 'trunk' ? credentialId === credential.id : true,
  );
  if (isTaken) throw taken(body.phone_number);
  const { inbound_agent: given } = body;
  const agentId = given ? await inboundAgentOf(context, orgId, given, undefined) : undefined;
  const bound = withAgent(number, agentId, now);
  try {
    await context.numbers.insert(bound);
  } catch (error) {
    throw error instanceof NumberTakenError ? taken(body.phone_number) : error;
  }
  return bound;
}

/** A number that comes again from the account that it is at: it stays the one it is, with what is given now. */
async function linkedAgain(
  context: FluentsContext,
  { orgId, id }: PhoneNumber,
  { outbound_only, inbound_agent }: LinkNumberBody,
): Promise<PhoneNumber> {
  const given = {
    ...(outbound_only !== undefined && { outbound_only }),
    ...(inbound_agent && { inbound_agent }),
  };
  return updateNumber(context, orgId, { id }, given);
}

/** @throws {ExchangeError} 404 when the org has no such account. */
async function checkAccount({ credentials }: FluentsContext, orgId: string, id: string | undefined) {
  return id === undefined ? undefined : known(await credentials.get(orgId, id), 'Account connection', id);
}

function taken(number: string): Error {
  return refusal(`Phone number ${number} is linked already`);
}
