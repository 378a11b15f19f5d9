import type { SigningSecret } from '../../../domain/orgs/org.ts';
import { signingSecretId, signingSecretPrefix } from '../../../domain/orgs/signing-secret.ts';
import { instantOf } from '../instant-of.ts';

export function fromSigningSecret(secret: SigningSecret): Record<string, unknown> {
  return {
    id: signingSecretId(secret),
    prefix: signingSecretPrefix(secret),
    createdAt: instantOf(secret.createdAt),
    ...(secret.expiresAt !== undefined && { expiresAt: instantOf(secret.expiresAt) }),
  };
}
