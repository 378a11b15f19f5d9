import type { Secret } from '../../lib/secret.ts';
import type { Extras } from '../extras.ts';
import type { AuthenticationPlan, EncryptionPlan, OAuth2Plan } from './authentication-plan.ts';
import type { VendorProvider } from './vendor-provider.ts';

export interface TrunkGateway {
  /** IPv4 address; a host name only where `inboundEnabled` is false. */
  ip: string;
  port: number;
  /** Prefix length of the network calls may come from, 24 to 32. */
  netmask: number;
  inboundEnabled: boolean;
  outboundEnabled: boolean;
  outboundProtocol: 'udp' | 'tcp' | 'tls' | 'tls/srtp';
  optionsPingEnabled: boolean;
}

export interface TrunkAuthentication {
  authUsername?: string;
  authPassword?: Secret;
  sipRegisterPlan?: { domain?: string; username?: string; realm?: string };
}

interface CredentialBase {
  id: string;
  orgId: string;
  name?: string;
  description?: string;
  /** Numbers of the account that outbound calls are spread over (Vocode, Fluents). */
  steeringPool?: string[];
  /** Whether the account may call with any number as caller id, also one that it does not own (Vocode, Fluents). */
  anyCallerIdSupported?: boolean;
  extras?: Extras;
  createdAt: number;
  updatedAt: number;
}

/** How requests to a customer's server are authenticated, and how parts of them are encrypted. */
export type ServerCredential = CredentialBase & {
  provider: 'webhook' | 'custom-credential';
  authenticationPlan: AuthenticationPlan;
  /** Of a `custom-credential` only. */
  encryptionPlan?: EncryptionPlan;
};

/** An account with a vendor of models, voices or transcribers. */
export type VendorCredential = CredentialBase & {
  provider: VendorProvider;
  /** By the vendor's own field names, such as `apiKey`. */
  secrets: Record<string, Secret>;
  /** Its further fields, such as `apiUrl` or `region`. */
  settings: Record<string, unknown>;
  /** Of a `custom-llm` only: its bearer token comes from here in place of `apiKey`. */
  authenticationPlan?: OAuth2Plan;
};

/** An account elsewhere that the exchange acts with. Secrets are write-only. */
export type Credential =
  | ServerCredential
  | VendorCredential
  | (CredentialBase &
      (
        | {
            provider: 'byo-sip-trunk';
            gateways: TrunkGateway[];
            outboundAuthenticationPlan?: TrunkAuthentication;
            outboundLeadingPlusEnabled: boolean;
            techPrefix?: string;
            sipDiversionHeader?: string;
            /** Shown to whom the trunk calls, unless the request names another (open.cx: `caller_number`). */
            callerNumber?: string;
          }
        | { provider: 'twilio'; accountSid: string; authToken?: Secret; apiKey?: Secret; apiSecret?: Secret }
        | { provider: 'telnyx'; apiKey: Secret }
        | { provider: 'vonage'; apiKey: Secret; apiSecret: Secret }
      ));

export type CredentialProvider = Credential['provider'];

export function isServerCredential(credential: Credential): credential is ServerCredential {
  return credential.provider === 'webhook' || credential.provider === 'custom-credential';
}
