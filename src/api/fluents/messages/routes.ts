import { type Route, route } from '../../server/route.ts';
import type { FluentsContext } from '../context.ts';
import { refusal } from '../errors.ts';
import { findNumber } from '../numbers/find-number.ts';
import { messageSchema } from './schema.ts';

export function messageRoutes(context: FluentsContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/messages',
      operationId: 'MessageController_createMessage',
      summary: 'Send SMS (refused: no carrier of this exchange sends any yet)',
      tag: 'Messages',
      body: messageSchema,
      status: 201,
      response: messageSchema,
      handle: async ({ orgId, body }) => {
        await findNumber(context, orgId, { phone_number: body.from_number });
        throw refusal('Messages cannot be sent: this exchange has no carrier that sends SMS');
      },
    }),
  ];
}
