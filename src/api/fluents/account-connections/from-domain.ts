import type { Credential } from '../../../domain/credentials/credential.ts';
import { Secret } from '../../../lib/secret.ts';
import { compact, MASK } from '../fields.ts';
import { fieldOf, shownKeys, typeOf } from './connection-kinds.ts';

/** The vendor's shape of a credential, its keys masked; undefined for one that this API has no name for. */
export function fromConnection(credential: Credential): Record<string, unknown> | undefined {
  const type = typeOf(credential);
  if (!type) return undefined;
  const shown = shownKeys(type).map(([key, field]) => {
    const value = fieldOf(credential, field);
    return [key, value instanceof Secret ? MASK : value];
  });
  return {
    id: credential.id,
    user_id: credential.orgId,
    type,
    credentials: compact(Object.fromEntries(shown)),
    ...compact({
      label: credential.name,
      description: credential.description,
      config: credential.extras?.fluents?.config,
    }),
    steering_pool: credential.steeringPool ?? [],
    account_supports_any_caller_id: credential.anyCallerIdSupported ?? false,
  };
}
