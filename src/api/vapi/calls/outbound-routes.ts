import type { Call } from '../../../domain/calls/call.ts';
import { ExchangeError } from '../../../domain/errors.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import type { Org } from '../../../domain/orgs/org.ts';
import { type Failure, failureOf } from '../../server/failure.ts';
import { placedCall } from '../../server/placed-call.ts';
import { type Route, route } from '../../server/route.ts';
import type { VapiContext } from '../context.ts';
import { refusal, renderFailure } from '../errors.ts';
import { compact } from '../fields.ts';
import { requireAssistant, requireReferences } from '../references.ts';
import {
  type CreateCallBody,
  type CustomerBody,
  createCallSchema,
  createdCallSchema,
} from './create-schema.ts';
import { fromCall, recordOf } from './from-domain.ts';
import { type CallPlan, NOBODY_NAMED, toOrder, toTransientNumber } from './to-domain.ts';

/** Both paths at which clients start calls. */
export function outboundRoutes(context: VapiContext): Route[] {
  return ['/call', '/call/phone'].map((path) =>
    route({
      method: 'POST',
      path,
      operationId: path === '/call' ? 'CallController_create' : 'CallController_createPhoneCall',
      summary: 'Create Call',
      tag: 'Calls',
      body: createCallSchema,
      status: 201,
      response: createdCallSchema,
      handle: async ({ orgId, body }) => {
        const plan = await planOf(context, orgId, body);
        const { customer, customers } = compact(body);
        // Read before the first call is placed: whatever fails after it would make the client order it again.
        const org = (await context.orgs.getOrg(orgId)) ?? { id: orgId };
        if (customers)
          return {
            ...(await placeAll(context, plan, customers)),
            subscriptionLimits: limitsOf(context, org),
          };
        if (!customer) throw refusal("Couldn't Get Customer. Need Either `customer` Or `customers`.");
        const call = await placeOne(context, plan, customer);
        return { ...show(context, call), subscriptionLimits: limitsOf(context, org) };
      },
    }),
  );
}

async function placeOne({ outbound }: VapiContext, plan: CallPlan, customer: CustomerBody): Promise<Call> {
  return placedCall(outbound, toOrder(plan, customer), (sentence) =>
    refusal(`Couldn't Start Call. ${capitalised(sentence)}.`),
  );
}

/**
 * One customer's refusal is no other's.
 * @throws what no customer is to blame for, as a store that is away, before the first call is placed. After it the reply
 * tells it beside the calls: a client that got none would order them again.
 */
async function placeAll(context: VapiContext, plan: CallPlan, customers: readonly CustomerBody[]) {
  const results: unknown[] = [];
  const errors: { customer: unknown; error: string }[] = [];
  for (const customer of customers) {
    try {
      results.push(show(context, await placeOne(context, plan, customer)));
    } catch (error) {
      const isRefusal = error instanceof ExchangeError && error.code === 'request-invalid';
      if (!isRefusal && results.length === 0) throw error;
      const { assistantOverrides: _, squadOverrides: __, ...shown } = compact(customer);
      errors.push({ customer: shown, error: sentenceOf(failureOf(error, context.logger)) });
    }
  }
  return { results, errors };
}

function sentenceOf(failure: Failure): string {
  return [renderFailure(failure).body.message].flat().join('; ');
}

/** Checks what the body names. @throws {ExchangeError} 400 for the first that is not there or cannot call */
async function planOf(context: VapiContext, orgId: string, body: CreateCallBody): Promise<CallPlan> {
  const { squads, clock } = context;
  const { assistantId, assistant, squadId, squad, workflowId, workflow, customerId, assistantVersion } =
    compact(body);
  if (workflowId !== undefined || workflow)
    throw refusal("Couldn't Get Workflow. Workflows Are Retired. Hint: Use `assistantId` Or `squadId`.");
  if (customerId !== undefined)
    throw refusal(`Couldn't Get Customer. \`customerId\` ${customerId} Does Not Exist.`);
  if (assistantVersion !== undefined)
    throw refusal(`Couldn't Get Assistant. Version ${assistantVersion} Does Not Exist.`);
  if (!assistantId && !assistant && !squadId && !squad) throw refusal(NOBODY_NAMED);
  if (assistantId !== undefined) await requireAssistant(context, orgId, assistantId);
  else if (squadId !== undefined && !(await squads.get(orgId, squadId)))
    throw refusal(`Couldn't Get Squad. \`squadId\` ${squadId} Does Not Exist.`);
  for (const { assistantId: member } of squad?.members ?? [])
    if (member) await requireAssistant(context, orgId, member);
  await requireReferences(context, orgId, body);
  const origin = { orgId, now: clock.now() };
  const number = await numberOf(context, body, origin);
  return { body, origin, number, isTransientNumber: !body.phoneNumberId };
}

async function numberOf(
  { numbers }: VapiContext,
  { phoneNumberId, phoneNumber }: CreateCallBody,
  origin: CallPlan['origin'],
): Promise<PhoneNumber> {
  if (!phoneNumberId) {
    if (phoneNumber) return toTransientNumber(phoneNumber, origin);
    throw refusal("Couldn't Get Phone Number. Need Either `phoneNumberId` Or `phoneNumber`.");
  }
  const found = await numbers.get(origin.orgId, phoneNumberId);
  if (!found) throw refusal(`Couldn't Get Phone Number. \`phoneNumberId\` ${phoneNumberId} Does Not Exist.`);
  if (found.carrier === 'sip') throw refusal("Vapi Numbers Can't Dial Outbound Yet.");
  if (found.status === 'blocked') throw refusal("Couldn't Start Call. The Phone Number Is Blocked.");
  return found;
}

function show({ publicUrl }: VapiContext, call: Call) {
  return fromCall(recordOf(call, []), publicUrl());
}

function limitsOf({ outbound }: VapiContext, org: Pick<Org, 'id' | 'concurrencyLimit'>) {
  const { isBlocked, limit, remaining } = outbound.linesOf(org);
  return compact({
    concurrencyBlocked: isBlocked,
    concurrencyLimit: limit,
    remainingConcurrentCalls: remaining,
  });
}

/** As the vendor writes its sentences. */
function capitalised(sentence: string): string {
  return sentence.replace(/^\w/, (letter) => letter.toUpperCase());
}
