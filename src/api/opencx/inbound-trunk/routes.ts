import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import {
  createInboundTrunk,
  withoutTrunkAccount,
  withoutTrunkNumber,
  withTrunkAccount,
  withTrunkNumbers,
} from '../../../domain/orgs/inbound-trunk.ts';
import type { InboundTrunk } from '../../../domain/orgs/org.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { type Route, route } from '../../server/route.ts';
import type { OpencxContext } from '../context.ts';
import { known, refusal } from '../errors.ts';
import { fromInboundTrunk } from './from-domain.ts';
import {
  type CreateInboundTrunkBody,
  createInboundTrunkSchema,
  inboundTrunkSchema,
  MAX_TRUNK_NUMBERS,
  numberParams,
} from './schema.ts';

const tag = 'SIP';

/** An org has one inbound trunk: no route of the vendor names one among several. */
export function inboundTrunkRoutes(context: OpencxContext): Route[] {
  const { sipDomain } = context;
  return [
    route({
      method: 'POST',
      path: '/phone/sip/inbound-trunk',
      operationId: 'createInboundTrunk',
      summary: 'Create the inbound SIP trunk, or add numbers to it',
      tag,
      body: createInboundTrunkSchema,
      status: 200,
      response: inboundTrunkSchema,
      handle: async ({ orgId, body }) => fromInboundTrunk(await joined(context, orgId, body), sipDomain()),
    }),
    route({
      method: 'DELETE',
      path: '/phone/sip/inbound-trunk/phone-numbers/:phone_number',
      operationId: 'removeInboundTrunkPhoneNumber',
      summary: 'Take a number off the inbound SIP trunk',
      tag,
      params: numberParams,
      status: 200,
      response: inboundTrunkSchema,
      handle: async ({ orgId, params }) =>
        fromInboundTrunk(await left(context, orgId, params.phone_number), sipDomain()),
    }),
  ];
}

/** The account is stored before any number asks for it: where the process ends between, the same request mends it. */
async function joined(
  context: OpencxContext,
  orgId: string,
  { phone_numbers, krisp_enabled }: CreateInboundTrunkBody,
): Promise<InboundTrunk> {
  const { orgs, numbers, clock } = context;
  const rows = phone_numbers ? await named(context, orgId, phone_numbers) : await all(context, orgId);
  const made = createInboundTrunk(clock.now());
  const addresses = rows.map(({ address }) => address).filter((address) => address !== undefined);
  const org = await orgs.updateOrg(orgId, (current) => {
    const options = {
      numbers: addresses,
      made,
      ...(krisp_enabled !== undefined && { krispEnabled: krisp_enabled }),
    };
    const next = withTrunkNumbers(current, options, clock.now());
    if ((next.inboundTrunk?.numbers.length ?? 0) > MAX_TRUNK_NUMBERS) throw tooMany();
    return next;
  });
  const trunk = known(org?.inboundTrunk, 'Inbound trunk');
  for (const { id } of rows) {
    await numbers.update(orgId, id, (number) => withTrunkAccount(number, trunk, clock.now()));
  }
  return trunk;
}

async function left(context: OpencxContext, orgId: string, address: string): Promise<InboundTrunk> {
  const { orgs, numbers, clock } = context;
  const before = known((await orgs.getOrg(orgId))?.inboundTrunk, 'Inbound trunk');
  if (!before.numbers.includes(address)) known(undefined, 'Phone number');
  for (const { id } of await ownNumbers(context, orgId, address)) {
    await numbers.update(orgId, id, (number) => withoutTrunkAccount(number, before, clock.now()));
  }
  const org = await orgs.updateOrg(orgId, (current) => withoutTrunkNumber(current, address, clock.now()));
  return known(org?.inboundTrunk, 'Inbound trunk');
}

/** @throws {RequestInvalidError} for the first that is no number of the org. */
async function named(context: OpencxContext, orgId: string, addresses: string[]): Promise<PhoneNumber[]> {
  const rows: PhoneNumber[] = [];
  for (const address of new Set(addresses)) {
    const found = await ownNumbers(context, orgId, address);
    if (found.length === 0) throw fieldInvalid(['phone_numbers'], `names ${address}, which is not yours`);
    rows.push(...found);
  }
  return rows;
}

/** An org may bring one number over several trunks of its own. */
async function ownNumbers(
  { numbers }: Pick<OpencxContext, 'numbers'>,
  orgId: string,
  address: string,
): Promise<PhoneNumber[]> {
  return (await numbers.findByAddress(address)).filter((number) => number.orgId === orgId);
}

async function all({ numbers }: OpencxContext, orgId: string): Promise<PhoneNumber[]> {
  const rows = await numbers.list(orgId, { limit: MAX_TRUNK_NUMBERS + 1, order: 'ascending' });
  if (rows.length > MAX_TRUNK_NUMBERS) throw tooMany();
  return rows.filter(({ address }) => address?.startsWith('+'));
}

function tooMany(): Error {
  return refusal(`phone_numbers must name no more than ${MAX_TRUNK_NUMBERS} numbers in all`);
}
