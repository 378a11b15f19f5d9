import type { StoredDestination } from '../../../domain/numbers/stored-destination.ts';
import { newId } from '../../../lib/ids.ts';
import { checked } from '../../server/failure.ts';
import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { known } from '../errors.ts';
import { idParams } from '../fields.ts';
import { fromStoredDestination } from './from-domain.ts';
import {
  assignedDestinationSchema,
  assignTransferDestinationSchema,
  type TransferDestinationBody,
  transferDestinationInputSchema,
  transferDestinationSchema,
} from './schema.ts';
import { toStoredDestination, withDestination } from './to-domain.ts';

const tag = 'SIP';

export function transferDestinationRoutes(context: OpencxContext): Route[] {
  const { agents, clock } = context;
  return [
    route({
      method: 'POST',
      path: '/phone/sip/transfer-destinations',
      operationId: 'createTransferDestination',
      summary: 'Create a transfer destination',
      tag,
      body: transferDestinationInputSchema,
      status: 200,
      response: transferDestinationSchema,
      handle: async ({ orgId, body }) => fromStoredDestination(await stored(context, orgId, body)),
    }),
    route({
      method: 'POST',
      path: '/phone/sip/agents/:id/transfer-destinations',
      operationId: 'assignAgentTransferDestination',
      summary: 'Give an agent a transfer destination',
      tag,
      params: idParams,
      body: assignTransferDestinationSchema,
      bodyCheckedLate: true,
      status: 200,
      response: assignedDestinationSchema,
      handle: async ({ orgId, params, body }) => {
        known(await agents.get(orgId, params.id), 'Phone agent');
        const destination = await chosen(context, orgId, checked(assignTransferDestinationSchema, body));
        const updated = await agents.update(orgId, params.id, (agent) =>
          withDestination(agent, destination, clock.now()),
        );
        known(updated, 'Phone agent');
        return { destination_id: destination.id };
      },
    }),
  ];
}

async function stored(
  { destinations, clock }: OpencxContext,
  orgId: string,
  body: TransferDestinationBody,
): Promise<StoredDestination> {
  const now = clock.now();
  const destination = toStoredDestination(body, { id: newId(now), orgId, now });
  await destinations.insert(destination);
  return destination;
}

async function chosen(
  context: OpencxContext,
  orgId: string,
  {
    destination_id: id,
    create,
  }: { destination_id?: string | undefined; create?: TransferDestinationBody | undefined },
): Promise<StoredDestination> {
  if (create) return stored(context, orgId, create);
  const found = id === undefined ? undefined : await context.destinations.get(orgId, id.toLowerCase());
  return known(found, 'Transfer destination');
}
