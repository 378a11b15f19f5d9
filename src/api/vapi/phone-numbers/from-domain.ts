import type { Carrier, HookAction, NumberHook, PhoneNumber } from '../../../domain/numbers/number.ts';
import { fromDestination } from '../destinations/from-domain.ts';
import { compact } from '../fields.ts';
import { fromServer } from '../servers/from-domain.ts';
import type { Provider } from './schema.ts';

const PROVIDERS: Readonly<Record<Carrier, Provider>> = {
  sip: 'vapi',
  trunk: 'byo-phone-number',
  twilio: 'twilio',
  telnyx: 'telnyx',
  vonage: 'vonage',
};

export function providerOf(number: PhoneNumber): Provider {
  return PROVIDERS[number.carrier];
}

/** The vendor's shape of a number: unset keys are left out, secrets never appear. */
export function fromNumber(number: PhoneNumber): Record<string, unknown> {
  return compact({
    id: number.id,
    orgId: number.orgId,
    provider: providerOf(number),
    number: number.address,
    ...carrierKeys(number),
    name: number.name,
    assistantId: number.binding.agentId,
    squadId: number.binding.squadId,
    workflowId: number.binding.workflowId,
    server: number.server && fromServer(number.server),
    fallbackDestination: number.fallbackDestination && fromDestination(number.fallbackDestination),
    hooks: number.hooks?.map(fromHook),
    status: number.status,
    createdAt: new Date(number.createdAt).toISOString(),
    updatedAt: new Date(number.updatedAt).toISOString(),
  });
}

function carrierKeys(number: PhoneNumber): Record<string, unknown> {
  switch (number.carrier) {
    case 'sip':
      return {
        sipUri: number.sipUri,
        numberDesiredAreaCode: number.desiredAreaCode,
        authentication:
          number.authentication &&
          compact({ realm: number.authentication.realm, username: number.authentication.username }),
      };
    case 'trunk':
      return { credentialId: number.credentialId, numberE164CheckEnabled: number.e164CheckEnabled };
    case 'twilio':
      return { twilioAccountSid: number.twilio?.accountSid, smsEnabled: number.smsEnabled };
    case 'telnyx':
    case 'vonage':
      return { credentialId: number.credentialId };
  }
}

function fromHook(hook: NumberHook): Record<string, unknown> {
  const actions = hook.actions.map(fromAction);
  if (hook.on === 'call.ringing') {
    const filters = hook.filters?.map((filter) => ({ type: 'startsWith', key: 'number', ...filter }));
    return { on: hook.on, ...(filters && { filters }), do: actions };
  }
  const filters = hook.filters?.map((filter) => ({ type: 'oneOf', key: 'call.endedReason', ...filter }));
  return compact({ on: hook.on, filters, do: hook.form === 'list' ? actions : actions[0] });
}

function fromAction(action: HookAction): Record<string, unknown> {
  if (action.type === 'say') return { ...action };
  return {
    type: 'transfer',
    ...(action.destination && { destination: fromDestination(action.destination) }),
  };
}
