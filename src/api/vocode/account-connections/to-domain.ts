import type { Credential } from '../../../domain/credentials/credential.ts';
import { Secret } from '../../../lib/secret.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { MASK, toSecret } from '../fields.ts';
import { toPhone } from '../phone-digits.ts';
import { typeOf } from './from-domain.ts';
import type { AccountConnectionParams, AccountConnectionUpdateParams } from './schema.ts';

/** A credential of a kind that this API has a name for. */
export type AccountCredential = Extract<Credential, { provider: 'twilio' }> | OpenAiCredential;
export type TwilioCredential = Extract<Credential, { provider: 'twilio' }>;
type OpenAiCredential = Extract<Credential, { secrets: unknown }>;

type Identity = { id: string; orgId: string; now: number };

export function toAccountConnection(
  body: AccountConnectionParams,
  { id, orgId, now }: Identity,
): AccountCredential {
  const base = { id, orgId, createdAt: now, updatedAt: now };
  if (body.type === 'account_connection_openai') {
    const apiKey = new Secret(body.credentials.openai_api_key);
    return { ...base, provider: 'openai', secrets: { apiKey }, settings: {} };
  }
  const { twilio_account_sid: accountSid, twilio_auth_token: token } = body.credentials;
  return {
    ...base,
    provider: 'twilio',
    accountSid,
    authToken: new Secret(token),
    steeringPool: (body.steering_pool ?? []).map(toPhone),
    anyCallerIdSupported: body.account_supports_any_caller_id,
  };
}

/**
 * The connection after a change: keys that are given replace, all others stay.
 * @throws {RequestInvalidError} where it is of the other type: what it is for never changes.
 */
export function withAccountConnection(
  current: AccountCredential,
  body: AccountConnectionUpdateParams,
  now: number,
): AccountCredential {
  if (typeOf(current) !== body.type) throw fieldInvalid(['type'], `must be ${typeOf(current)}`);
  if (current.provider === 'twilio' && body.type === 'account_connection_twilio') {
    const { credentials, steering_pool: pool, account_supports_any_caller_id: anyCallerIdSupported } = body;
    const authToken = credentials && toSecret(credentials.twilio_auth_token, current.authToken);
    return {
      ...current,
      ...(credentials && { accountSid: credentials.twilio_account_sid }),
      ...(authToken && { authToken }),
      ...(pool && { steeringPool: pool.map(toPhone) }),
      ...(anyCallerIdSupported !== undefined && { anyCallerIdSupported }),
      updatedAt: now,
    };
  }
  if (current.provider !== 'twilio' && body.type === 'account_connection_openai') {
    const key = body.credentials?.openai_api_key;
    const apiKey = key === undefined || key === MASK ? undefined : new Secret(key);
    return { ...current, secrets: { ...current.secrets, ...(apiKey && { apiKey }) }, updatedAt: now };
  }
  return current;
}

export function withPool(current: TwilioCredential, pool: string[], now: number): TwilioCredential {
  return { ...current, steeringPool: [...new Set(pool)], updatedAt: now };
}
