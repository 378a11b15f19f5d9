import type { AuthenticationPlan } from '../../../domain/credentials/authentication-plan.ts';
import type { Credential } from '../../../domain/credentials/credential.ts';
import { compact } from '../fields.ts';

/** The vendor's shape of a credential, without any of its secrets. */
export function fromCredential(credential: Credential): Record<string, unknown> {
  return compact({
    id: credential.id,
    orgId: credential.orgId,
    provider: credential.provider,
    name: credential.name,
    ...ownKeys(credential),
    createdAt: new Date(credential.createdAt).toISOString(),
    updatedAt: new Date(credential.updatedAt).toISOString(),
  });
}

function ownKeys(credential: Credential): Record<string, unknown> {
  switch (credential.provider) {
    case 'byo-sip-trunk': {
      const { authPassword: _, ...plan } = credential.outboundAuthenticationPlan ?? {};
      return {
        gateways: credential.gateways,
        outboundAuthenticationPlan: credential.outboundAuthenticationPlan && plan,
        outboundLeadingPlusEnabled: credential.outboundLeadingPlusEnabled,
        techPrefix: credential.techPrefix,
        sipDiversionHeader: credential.sipDiversionHeader,
      };
    }
    case 'twilio':
      return { accountSid: credential.accountSid };
    case 'telnyx':
    case 'vonage':
      return {};
    case 'webhook':
      return { authenticationPlan: shownPlan(credential.authenticationPlan) };
    case 'custom-credential':
      return {
        authenticationPlan: shownPlan(credential.authenticationPlan),
        encryptionPlan: credential.encryptionPlan,
      };
    default: {
      const { settings, authenticationPlan } = credential;
      return { ...settings, authenticationPlan: authenticationPlan && shownPlan(authenticationPlan) };
    }
  }
}

/** A plan without its secret. */
function shownPlan(plan: AuthenticationPlan): Record<string, unknown> {
  switch (plan.type) {
    case 'bearer': {
      const { token: _, ...shown } = plan;
      return shown;
    }
    case 'oauth2': {
      const { clientSecret: _, ...shown } = plan;
      return shown;
    }
    case 'hmac': {
      const { secretKey: _, ...shown } = plan;
      return shown;
    }
  }
}
