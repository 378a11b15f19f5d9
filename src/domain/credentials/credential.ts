import type { Secret } from '../../lib/secret.ts';

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
  createdAt: number;
  updatedAt: number;
}

/** An account elsewhere that the exchange acts with. Secrets are write-only. */
export type Credential = CredentialBase &
  (
    | {
        provider: 'byo-sip-trunk';
        gateways: TrunkGateway[];
        outboundAuthenticationPlan?: TrunkAuthentication;
        outboundLeadingPlusEnabled: boolean;
        techPrefix?: string;
        sipDiversionHeader?: string;
      }
    | { provider: 'twilio'; accountSid: string; authToken?: Secret; apiKey?: Secret; apiSecret?: Secret }
    | { provider: 'telnyx'; apiKey: Secret }
    | { provider: 'vonage'; apiKey: Secret; apiSecret: Secret }
  );

export type CredentialProvider = Credential['provider'];
