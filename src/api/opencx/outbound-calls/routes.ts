import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { known, refusal } from '../errors.ts';
import { makeOutboundCallSchema, outboundCallSchema } from './schema.ts';

export function outboundCallRoutes({ agents }: OpencxContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/phone/outbound-call',
      operationId: 'makeOutboundCall',
      summary: 'Make an outbound call',
      tag: 'Phone Agents',
      body: makeOutboundCallSchema,
      status: 200,
      response: outboundCallSchema,
      handle: async ({ orgId, body }) => {
        known(await agents.get(orgId, body.phone_agent_id.toLowerCase()), 'Phone agent');
        // Contacts belong to the vendor's inbox, which is no part of an exchange.
        if ('id' in body.contact) known(undefined, 'Contact');
        throw refusal('Outbound calls are not available on this exchange yet.');
      },
    }),
  ];
}
