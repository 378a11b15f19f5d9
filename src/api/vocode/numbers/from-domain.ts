import type { PhoneNumber } from '../../../domain/numbers/number.ts';
import { fromPhone } from '../phone-digits.ts';
import { shown, type VocodeRevision } from '../revision.ts';

type Json = Record<string, unknown>;

/** What a number refers to, in full or by ids, as the reply has it. */
export interface NumberReferences {
  inboundAgent: unknown;
  connection: unknown;
}

export function fromNumber(
  revision: VocodeRevision,
  number: PhoneNumber,
  { inboundAgent, connection }: NumberReferences,
): Json {
  return shown(revision, {
    id: number.id,
    user_id: number.orgId,
    active: number.status !== 'blocked',
    label: number.name ?? '',
    inbound_agent: inboundAgent ?? null,
    outbound_only: number.outboundOnly ?? false,
    example_context: number.exampleContext ?? null,
    number: shownAddress(number),
    // The vendor has two carriers, and one of them unless it is told otherwise.
    telephony_provider: number.carrier === 'twilio' ? 'twilio' : 'vonage',
    telephony_account_connection: connection ?? null,
  });
}

/** Digits; a number with a SIP URI alone goes by its user part. */
function shownAddress({ address, sipUri = '' }: PhoneNumber): string {
  if (address !== undefined) return fromPhone(address);
  return /^sips?:([^@:]*)/i.exec(sipUri)?.[1] ?? '';
}
