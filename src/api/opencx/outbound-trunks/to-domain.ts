import type { Credential } from '../../../domain/credentials/credential.ts';
import { Secret } from '../../../lib/secret.ts';
import type { CreateOutboundTrunkBody } from './schema.ts';

export type OutboundTrunk = Extract<Credential, { provider: 'byo-sip-trunk' }>;

/** The vendor's defaults; 5060 is SIP's own port (RFC 3261 section 19.1.2). */
const DEFAULT_PORT = 5060;
const DEFAULT_TRANSPORT = 'udp';
/** The gateway alone: the trunk takes no calls, so no network behind it is let in. */
const ONE_ADDRESS = 32;

/** One gateway, outbound only. Numbers go out as they are written, with the plus. */
export function toTrunk(
  body: CreateOutboundTrunkBody,
  { id, orgId, now }: { id: string; orgId: string; now: number },
): OutboundTrunk {
  const { name, host, username, password, caller_number, port, transport } = body;
  return {
    id,
    orgId,
    name,
    provider: 'byo-sip-trunk',
    gateways: [
      {
        ip: host,
        port: port ?? DEFAULT_PORT,
        netmask: ONE_ADDRESS,
        inboundEnabled: false,
        outboundEnabled: true,
        outboundProtocol: transport ?? DEFAULT_TRANSPORT,
        optionsPingEnabled: false,
      },
    ],
    outboundAuthenticationPlan: { authUsername: username, authPassword: new Secret(password) },
    outboundLeadingPlusEnabled: true,
    callerNumber: caller_number,
    createdAt: now,
    updatedAt: now,
  };
}
