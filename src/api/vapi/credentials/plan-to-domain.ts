import type { AuthenticationPlan, EncryptionPlan } from '../../../domain/credentials/authentication-plan.ts';
import { Secret } from '../../../lib/secret.ts';
import { fieldInvalid } from '../../server/failure.ts';
import { compact } from '../fields.ts';
import type { AuthenticationPlanBody, EncryptionPlanBody } from './server-credential-schema.ts';

/**
 * @param current the plan that this one replaces. Its secret stays where the new one has none and is for the same
 * party: a client secret never goes to another token URL or client than it was given for.
 * @throws {RequestInvalidError} where no secret is left.
 */
export function toAuthenticationPlan(
  body: AuthenticationPlanBody,
  current?: AuthenticationPlan,
): AuthenticationPlan {
  switch (body.type) {
    case 'bearer': {
      const { token, ...rest } = compact(body);
      const kept = current?.type === 'bearer' ? current.token : undefined;
      return { ...rest, token: secretOf('token', token, kept) };
    }
    case 'oauth2': {
      const { clientSecret, ...rest } = compact(body);
      const same =
        current?.type === 'oauth2' && current.url === rest.url && current.clientId === rest.clientId;
      return {
        ...rest,
        clientSecret: secretOf('clientSecret', clientSecret, same ? current.clientSecret : undefined),
      };
    }
    case 'hmac': {
      const { secretKey, ...rest } = compact(body);
      const kept = current?.type === 'hmac' ? current.secretKey : undefined;
      return { ...rest, secretKey: secretOf('secretKey', secretKey, kept) };
    }
  }
}

function secretOf(field: string, given: string | undefined, kept: Secret | undefined): Secret {
  if (given !== undefined) return new Secret(given);
  if (kept) return kept;
  throw fieldInvalid(['authenticationPlan', field], 'must be a string');
}

export function toEncryptionPlan({ publicKey, ...rest }: EncryptionPlanBody): EncryptionPlan {
  return { ...rest, publicKey: compact(publicKey) };
}
