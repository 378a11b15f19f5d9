import type { Credential } from '../../../domain/credentials/credential.ts';
import { Secret } from '../../../lib/secret.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { assign, MASK } from '../fields.ts';
import { type ConnectionType, fieldOf, kindOf, shownKeys, typeOf } from './connection-kinds.ts';
import type { ConnectionBody, CreateConnectionBody } from './schema.ts';

type Identity = { id: string; orgId: string; now: number };

/** @throws {RequestInvalidError} where the keys of the account are missing. */
export function toConnection(body: CreateConnectionBody, { id, orgId, now }: Identity): Credential {
  const type = body.type as ConnectionType;
  const base = { id, orgId, createdAt: now, updatedAt: now };
  const { provider } = kindOf(type);
  const blank = (
    provider === 'twilio' || provider === 'telnyx'
      ? { ...base, provider }
      : { ...base, provider, secrets: {}, settings: {} }
  ) as Credential;
  const made = withConnection(blank, body, now);
  for (const [key, field] of shownKeys(type)) {
    if (fieldOf(made, field) === undefined) throw fieldInvalid(['credentials', key], 'should not be empty');
  }
  return made;
}

/**
 * The credential after a change: keys that are given replace, null unsets, all others stay. Its keys cannot be unset.
 * @throws {RequestInvalidError} where another type is asked for: an account stays one of its vendor.
 */
export function withConnection(credential: Credential, body: ConnectionBody, now: number): Credential {
  const type = typeOf(credential);
  if (!type) throw new Error(`${credential.provider} is no account connection`);
  if (body.type !== undefined && body.type !== type) throw fieldInvalid(['type'], `must be ${type}`);
  const draft: Credential = { ...credential, updatedAt: now };
  if (body.label !== undefined) assign(draft, 'name', body.label);
  if (body.description !== undefined) assign(draft, 'description', body.description);
  if (body.steering_pool !== undefined) assign(draft, 'steeringPool', body.steering_pool);
  const { account_supports_any_caller_id: anyCallerId, config } = body;
  if (anyCallerId !== undefined) assign(draft, 'anyCallerIdSupported', anyCallerId);
  if (config !== undefined) {
    const { config: _, ...kept } = draft.extras?.fluents ?? {};
    draft.extras = { ...draft.extras, fluents: config === null ? kept : { ...kept, config } };
  }
  return withKeys(draft, type, body.credentials ?? {});
}

function withKeys(draft: Credential, type: ConnectionType, given: Record<string, string | null>): Credential {
  const { fields } = kindOf(type);
  const values = Object.entries(given).flatMap(([key, text]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    // A client that returns what it read sends the mask: the key stays as it is.
    const isKept = text === null || text === '' || text === MASK;
    return field === undefined || isKept ? [] : [[field, field === 'accountSid' ? text : new Secret(text)]];
  });
  const changed = Object.fromEntries(values);
  if ('secrets' in draft) return { ...draft, secrets: { ...draft.secrets, ...changed } };
  return { ...draft, ...changed };
}
