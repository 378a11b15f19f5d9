import { purchaseRefused } from '../../server/number-purchase.ts';
import { pageQuery } from '../../server/pages.ts';
import type { Route } from '../../server/route.ts';
import { route } from '../../server/route.ts';
import { AgentHouse } from '../agents/agent-house.ts';
import type { VocodeContext } from '../context.ts';
import { listed, listSchema } from '../paging.ts';
import type { VocodeRevision } from '../revision.ts';
import { NumberDesk } from './number-desk.ts';
import { numberQuery, numberSchemas } from './schema.ts';

const shared = { tag: 'numbers', status: 200 };

export function numberRoutes(context: VocodeContext, revision: VocodeRevision): Route[] {
  const desk = new NumberDesk(context, revision, new AgentHouse(context, revision));
  return [...readingRoutes(context, revision, desk), ...writingRoutes(revision, desk)];
}

function readingRoutes({ numbers }: VocodeContext, revision: VocodeRevision, desk: NumberDesk): Route[] {
  const { shown, listed: item } = numberSchemas(revision);
  return [
    route({
      ...shared,
      method: 'GET',
      path: '/v1/numbers/list',
      operationId: 'list_numbers',
      summary: 'List phone numbers',
      query: pageQuery,
      response: listSchema(revision, 'PhoneNumber', item),
      handle: ({ orgId, query }) =>
        listed(
          revision,
          query,
          (slice) => numbers.page(orgId, slice),
          (number) => desk.showItem(number),
        ),
    }),
    route({
      ...shared,
      method: 'GET',
      path: '/v1/numbers',
      aliases: ['/v1/numbers/'],
      operationId: 'get_number',
      summary: 'Get a phone number',
      query: numberQuery,
      response: shown,
      handle: async ({ orgId, query }) => desk.show(await desk.find(orgId, query.phone_number)),
    }),
  ];
}

function writingRoutes(revision: VocodeRevision, desk: NumberDesk): Route[] {
  const { shown, update, buy, link } = numberSchemas(revision);
  return [
    route({
      ...shared,
      method: 'POST',
      path: '/v1/numbers/buy',
      operationId: 'buy_number',
      summary: 'Buy a phone number (refused: no carrier that sells them is connected)',
      body: buy,
      response: shown,
      handle: async ({ orgId, body }) => {
        await desk.checkPurchase(orgId, body);
        throw purchaseRefused();
      },
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/v1/numbers/link',
      operationId: 'link_number',
      summary: 'Link a phone number of an account of your own',
      body: link,
      response: shown,
      handle: async ({ orgId, body }) => desk.show(await desk.link(orgId, body)),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/v1/numbers/update',
      operationId: 'update_number',
      summary: 'Change a phone number; what is left out stays',
      query: numberQuery,
      body: update,
      response: shown,
      handle: async ({ orgId, query, body }) => desk.show(await desk.update(orgId, query.phone_number, body)),
    }),
    route({
      ...shared,
      method: 'POST',
      path: '/v1/numbers/cancel',
      operationId: 'cancel_number',
      summary: 'Give a phone number up: it is answered no longer',
      query: numberQuery,
      response: shown,
      handle: ({ orgId, query }) => desk.cancel(orgId, query.phone_number),
    }),
  ];
}
