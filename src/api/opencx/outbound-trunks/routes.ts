import { newId } from '../../../lib/ids.ts';
import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { fromTrunk } from './from-domain.ts';
import { createOutboundTrunkSchema, outboundTrunkSchema } from './schema.ts';
import { toTrunk } from './to-domain.ts';

/** The org's oldest trunk carries what has no trunk of its own, as with those that other dialects make. */
export function outboundTrunkRoutes({ credentials, clock }: OpencxContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/phone/sip/outbound-trunks',
      operationId: 'createOutboundTrunk',
      summary: 'Create an outbound SIP trunk',
      tag: 'SIP',
      body: createOutboundTrunkSchema,
      status: 200,
      response: outboundTrunkSchema,
      handle: async ({ orgId, body }) => {
        const now = clock.now();
        const trunk = toTrunk(body, { id: newId(now), orgId, now });
        await credentials.insert(trunk);
        return fromTrunk(trunk);
      },
    }),
  ];
}
