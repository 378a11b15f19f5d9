import type { Credential } from '../../../domain/credentials/credential.ts';
import type { PhoneNumber, TwilioAccount } from '../../../domain/numbers/number.ts';
import { assign, compact } from '../fields.ts';
import type { LinkNumberBody, UpdateNumberBody } from './schema.ts';

type Identity = { id: string; orgId: string; now: number };

/** The accounts that numbers can be at; a trunk is the customer's own carrier. */
export function canCarry({ provider }: Credential): boolean {
  return CARRIERS.has(provider);
}

const CARRIERS: ReadonlySet<string> = new Set(['twilio', 'telnyx', 'vonage', 'byo-sip-trunk']);

/**
 * A number at an account of the customer's; who answers it is set apart.
 * @param credential one that {@link canCarry}.
 */
export function toNumber(
  body: LinkNumberBody,
  credential: Credential,
  { id, orgId, now }: Identity,
): PhoneNumber {
  const number: PhoneNumber = {
    id,
    orgId,
    carrier: 'trunk',
    address: body.phone_number,
    e164CheckEnabled: true,
    credentialId: credential.id,
    // Numbers at a carrier work once the carrier was told.
    status: 'activating',
    binding: {},
    extras: {},
    createdAt: now,
    updatedAt: now,
  };
  if (body.outbound_only) number.outboundOnly = true;
  switch (credential.provider) {
    case 'twilio':
      return {
        ...number,
        carrier: 'twilio',
        smsEnabled: true,
        twilio: twilioAccountOf(credential),
      };
    case 'telnyx':
    case 'vonage':
      return { ...number, carrier: credential.provider };
    default:
      return number;
  }
}

function twilioAccountOf(credential: Extract<Credential, { provider: 'twilio' }>): TwilioAccount {
  const { accountSid, authToken, apiKey, apiSecret } = credential;
  return { accountSid, ...compact({ authToken, apiKey, apiSecret }) };
}

/** The number after a change of all but its agent: keys that are given replace, null unsets, all others stay. */
export function withChanges(number: PhoneNumber, body: UpdateNumberBody, now: number): PhoneNumber {
  const draft: PhoneNumber = { ...number, updatedAt: now };
  if (body.label !== undefined) assign(draft, 'name', body.label || undefined);
  if (body.description !== undefined) assign(draft, 'description', body.description);
  if (body.tags !== undefined) assign(draft, 'tags', body.tags);
  if (body.example_context !== undefined) assign(draft, 'exampleContext', body.example_context);
  if (body.outbound_only !== undefined) assign(draft, 'outboundOnly', body.outbound_only || undefined);
  return draft;
}

/** The number with another agent, or without one; a squad that answers after it stays. */
export function withAgent(number: PhoneNumber, agentId: string | undefined, now: number): PhoneNumber {
  const binding = { ...number.binding };
  assign(binding, 'agentId', agentId);
  return { ...number, binding, updatedAt: now };
}
