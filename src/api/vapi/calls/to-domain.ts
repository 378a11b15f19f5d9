import type { Customer } from '../../../domain/calls/call.ts';
import type { AgentChoice, CallSchedule, OutboundOrder } from '../../../domain/calls/outbound-order.ts';
import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { newId } from '../../../lib/ids.ts';
import type { OverridesBody } from '../assistants/schema.ts';
import { toAgent, toOverrides } from '../assistants/to-domain.ts';
import { refusal } from '../errors.ts';
import { compact } from '../fields.ts';
import type { Origin } from '../nesting.ts';
import { toNumber } from '../phone-numbers/to-domain.ts';
import { toSquad } from '../squads/to-domain.ts';
import type { CreateCallBody, CustomerBody } from './create-schema.ts';

/** What the orders of one request have in common. */
export interface CallPlan {
  body: CreateCallBody;
  number: PhoneNumber;
  isTransientNumber: boolean;
  origin: Origin;
}

export const NOBODY_NAMED =
  "Couldn't Get Assistant. Need Either `assistantId`, `assistant`, `squadId` Or `squad`.";

/** What a call is placed without. Workflows are retired, and what would be laid over one has nothing to lie on. */
const IGNORED = ['transport', 'workflowOverrides'] as const;

/** The order of a call to one customer. */
export function toOrder(
  { body, number, isTransientNumber, origin }: CallPlan,
  to: CustomerBody,
): OutboundOrder {
  const { numberE164CheckEnabled, assistantOverrides: _, squadOverrides: __, ...customer } = compact(to);
  const { name, schedulePlan } = compact(body);
  const ignoredFields = IGNORED.filter((field) => body[field]);
  const { number: address, sipUri = '', extension, ...who } = customer;
  return {
    orgId: origin.orgId,
    number,
    ...(isTransientNumber && { isTransientNumber }),
    customer: { ...who, ...(address === undefined ? { sipUri } : { number: address }) } satisfies Customer,
    destination:
      address === undefined
        ? { type: 'sip', sipUri }
        : { type: 'number', number: address, e164CheckEnabled: numberE164CheckEnabled ?? true },
    ...compact({ extension, name }),
    agent: toChoice(body, to, origin),
    ...(schedulePlan && { schedule: toSchedule(schedulePlan) }),
    ...(ignoredFields.length > 0 && { ignoredFields }),
  };
}

/** A number that is only there for this call. */
export function toTransientNumber(
  { twilioPhoneNumber, ...rest }: NonNullable<CreateCallBody['phoneNumber']>,
  { orgId, now }: Origin,
): PhoneNumber {
  const body = { provider: 'twilio' as const, number: twilioPhoneNumber, ...rest };
  return toNumber(body, { id: newId(now), orgId, now });
}

/** @throws {ExchangeError} 400 where nobody is named to speak */
function toChoice(body: CreateCallBody, to: CustomerBody, origin: Origin): AgentChoice {
  const { assistantId, assistant, squadId, squad } = compact(body);
  const overrides = (...layers: (OverridesBody | null | undefined)[]) => {
    const laid = layers.filter((layer) => layer !== null && layer !== undefined);
    return laid.length > 0 && { overrides: toOverrides(merged(laid), origin) };
  };
  const forOne = () => overrides(body.assistantOverrides, to.assistantOverrides);
  const forSquad = () =>
    overrides(body.squadOverrides ?? body.assistantOverrides, to.squadOverrides ?? to.assistantOverrides);
  if (assistantId !== undefined) return { kind: 'agent', agentId: assistantId, ...forOne() };
  if (assistant)
    return {
      kind: 'transient-agent',
      agent: toAgent(assistant, { id: newId(origin.now), ...origin }),
      ...forOne(),
    };
  if (squadId !== undefined) return { kind: 'squad', squadId, ...forSquad() };
  if (squad)
    return {
      kind: 'transient-squad',
      squad: toSquad(squad, { id: newId(origin.now), ...origin }),
      ...forSquad(),
    };
  throw refusal(NOBODY_NAMED);
}

/** Later layers win, key by key; template variables are laid over each other. */
function merged(layers: OverridesBody[]): OverridesBody {
  const variableValues = Object.assign({}, ...layers.map((layer) => layer.variableValues));
  return Object.assign({}, ...layers, Object.keys(variableValues).length > 0 && { variableValues });
}

function toSchedule({ earliestAt, latestAt }: NonNullable<CreateCallBody['schedulePlan']>): CallSchedule {
  return { earliestAt: Date.parse(earliestAt), ...(latestAt && { latestAt: Date.parse(latestAt) }) };
}
