import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import type { TwilioCredential } from '../account-connections/to-domain.ts';
import { assign, compact } from '../fields.ts';
import { toPhone } from '../phone-digits.ts';
import type { LinkNumberBody, UpdateNumberBody } from './schema.ts';

/** A number at an account of the customer's; who answers it is set apart. */
export function toNumber(
  body: LinkNumberBody,
  { id: credentialId, accountSid, authToken, apiKey, apiSecret }: TwilioCredential,
  { id, orgId, now }: { id: string; orgId: string; now: number },
): PhoneNumber {
  return {
    id,
    orgId,
    carrier: 'twilio',
    address: toPhone(body.phone_number),
    e164CheckEnabled: true,
    twilio: { accountSid, ...compact({ authToken, apiKey, apiSecret }) },
    credentialId,
    smsEnabled: true,
    // Numbers at a carrier work once the carrier was told.
    status: 'activating',
    ...(body.outbound_only && { outboundOnly: true }),
    binding: {},
    extras: {},
    createdAt: now,
    updatedAt: now,
  };
}

/** The number after a change of all but its agent: keys that are given replace, null unsets, all others stay. */
export function withChanges(number: PhoneNumber, body: UpdateNumberBody, now: number): PhoneNumber {
  const draft = { ...number, updatedAt: now };
  const { label, outbound_only: outboundOnly, example_context: exampleContext } = body;
  if (label !== undefined) assign(draft, 'name', label === '' ? undefined : label);
  if (outboundOnly !== undefined) assign(draft, 'outboundOnly', outboundOnly || undefined);
  if (exampleContext !== undefined) assign(draft, 'exampleContext', exampleContext);
  return draft;
}

/** The number with another agent, or without one; a squad that answers after it stays. */
export function withAgent(number: PhoneNumber, agentId: string | undefined): PhoneNumber {
  const binding = { ...number.binding };
  assign(binding, 'agentId', agentId);
  return { ...number, binding };
}
