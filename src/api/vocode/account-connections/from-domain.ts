import type { Credential } from '../../../domain/credentials/credential.ts';
import { MASK } from '../fields.ts';
import { fromPhone } from '../phone-digits.ts';
import type { AccountCredential } from './to-domain.ts';

type Json = Record<string, unknown>;

/** Whether this API has a name for a credential; of the other kinds it knows nothing. */
export function isAccountCredential(credential: Credential): credential is AccountCredential {
  return credential.provider === 'twilio' || credential.provider === 'openai';
}

export function typeOf({
  provider,
}: AccountCredential): 'account_connection_twilio' | 'account_connection_openai' {
  return provider === 'twilio' ? 'account_connection_twilio' : 'account_connection_openai';
}

/** The vendor's shape of a connection; its secrets are masked. */
export function fromAccountConnection(credential: AccountCredential): Json {
  const base = { id: credential.id, user_id: credential.orgId, type: typeOf(credential) };
  if (credential.provider !== 'twilio') {
    return { ...base, credentials: { openai_api_key: credential.secrets.apiKey ? MASK : '' } };
  }
  return {
    ...base,
    credentials: {
      twilio_account_sid: credential.accountSid,
      // Another API may have made it with a key of its own instead.
      twilio_auth_token: credential.authToken ? MASK : '',
    },
    steering_pool: (credential.steeringPool ?? []).map(fromPhone),
    account_supports_any_caller_id: credential.anyCallerIdSupported ?? false,
  };
}
