import type { Agent } from '../../../domain/agents/agent.ts';
import type { Carrier, PhoneNumber } from '../../../domain/numbers/number.ts';
import { compact } from '../fields.ts';

type Json = Record<string, unknown>;

const PROVIDERS: Readonly<Record<Carrier, string>> = {
  sip: 'sip',
  trunk: 'sip',
  twilio: 'twilio',
  telnyx: 'telnyx',
  vonage: 'vonage',
};

/** The vendor's name of a carrier; it has none for the exchange's own SIP and for trunks. */
export function telephonyProviderOf(carrier: Carrier): string {
  return PROVIDERS[carrier];
}

/** How a number is called: by its digits with plus, or where it has none by the user part of its SIP URI. */
export function shownNumber({ address, sipUri }: PhoneNumber): string {
  return address ?? /^sips?:([^@;?]*)/i.exec(sipUri ?? '')?.[1] ?? '';
}

/** The form with ids alone: what is not set is left out. */
export function fromNumberNormalized(number: PhoneNumber, agent: Agent | undefined): Json {
  return {
    ...fieldsOf(number, agent),
    ...compact({ inbound_agent: agent?.id, telephony_account_connection: number.credentialId }),
  };
}

/**
 * The form with its agent and its account as objects.
 * @param shownAgent the agent with all its parts.
 * @param connection the account; an id where this API has no form for it, as for a trunk.
 */
export function fromNumber(
  number: PhoneNumber,
  agent: Agent | undefined,
  shownAgent: Json | undefined,
  connection: Json | string | undefined,
): Json {
  return {
    ...fieldsOf(number, agent),
    ...compact({
      inbound_agent: shownAgent,
      telephony_account_connection: connection,
      tags: number.tags,
      sms_enabled: number.smsEnabled,
    }),
  };
}

function fieldsOf(number: PhoneNumber, agent: Agent | undefined): Json {
  return {
    id: number.id,
    user_id: number.orgId,
    number: shownNumber(number),
    active: number.status !== 'blocked',
    label: number.name ?? '',
    outbound_only: number.outboundOnly ?? false,
    telephony_provider: telephonyProviderOf(number.carrier),
    ...compact({
      inbound_agent_name: agent?.name ?? agent?.label,
      example_context: number.exampleContext,
      description: number.description,
    }),
  };
}
