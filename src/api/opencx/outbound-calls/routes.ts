import { placedCall } from '../../server/placed-call.ts';
import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { known, refusal } from '../errors.ts';
import { makeOutboundCallSchema, outboundCallSchema } from './schema.ts';
import { toOrder } from './to-domain.ts';

export function outboundCallRoutes(context: OpencxContext): Route[] {
  const { agents, outbound } = context;
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
        const agent = known(await agents.get(orgId, body.phone_agent_id.toLowerCase()), 'Phone agent');
        // Contacts belong to the vendor's inbox, which is no part of an exchange.
        if ('id' in body.contact) return known(undefined, 'Contact');
        const order = await toOrder(context, agent, body.contact.phone_number);
        const call = await placedCall(outbound, order, (sentence) =>
          refusal(`The call cannot be placed: ${sentence}.`),
        );
        return {
          id: call.id,
          phone_agent_id: agent.id,
          status: call.status,
          from: order.number.address ?? null,
          to: body.contact.phone_number,
          created_at: new Date(call.createdAt).toISOString(),
        };
      },
    }),
  ];
}
