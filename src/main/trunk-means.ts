import type { TrunkGateway } from '../domain/credentials/credential.ts';
import type { TrunkRegistrar } from '../domain/trunks/trunk.ts';
import { formatHostPort, formatUri } from '../sip/message/uri.ts';
import { SipRejection, type UserAgent } from '../sip/session/session.ts';
import { gatewayUri } from '../telephony/sip/gateway-uri.ts';
import type { Binding, TrunkAccount } from '../telephony/sip/trunk-binding.ts';
import type { PingAnswer } from '../telephony/sip/trunk-ping.ts';
import type { TrunkWatchOptions } from '../telephony/sip/trunk-watch.ts';

/** How long a gateway may take for an OPTIONS. Four copies have been sent by then; milliseconds. */
const PING_LIMIT_MS = 5_000;

export interface TrunkMeansOptions {
  userAgent: () => Pick<UserAgent, 'request' | 'register'>;
  /** Why an address must not be reached; undefined where it may be. */
  refusalOf: (address: string) => string | undefined;
  /** Host that our requests are from. */
  sipDomain: string;
}

/** What is done at a trunk's gateways and registrar, each address of theirs judged before it is used. */
export function trunkMeans(options: TrunkMeansOptions): Pick<TrunkWatchOptions, 'ping' | 'register'> {
  return {
    ping: (gateway) => ping(gateway, options),
    register: (registrar, account) => register(registrar, account, options),
  };
}

async function ping(
  gateway: TrunkGateway,
  { userAgent, refusalOf, sipDomain }: TrunkMeansOptions,
): Promise<PingAnswer> {
  let refusal: string | undefined;
  const admits = (address: string) => {
    const reason = refusalOf(address);
    if (reason !== undefined)
      refusal = `${address} must not be reached: ${reason} (see OFFHOOK_EGRESS_ALLOW)`;
    return reason === undefined;
  };
  try {
    const { status } = await userAgent().request({
      method: 'OPTIONS',
      uri: formatUri(gatewayUri(gateway)),
      from: { uri: `sip:${formatHostPort(sipDomain)}` },
      admits,
      timeoutMs: PING_LIMIT_MS,
    });
    return { status };
  } catch (error) {
    // The stack's own failures are news of the gateway; anything else would be ours, and still none that answers.
    const reason = error instanceof SipRejection ? error.message : `not asked: ${(error as Error).message}`;
    return { error: refusal ?? reason };
  }
}

function register(
  { host, username, realm, protocol }: TrunkRegistrar,
  account: TrunkAccount | undefined,
  { userAgent, refusalOf }: TrunkMeansOptions,
): Binding {
  const transport = protocol === 'udp' ? '' : `;transport=${protocol}`;
  const domain = host.replace(/:\d+$/, '');
  const user = encodeURIComponent(username);
  return userAgent().register({
    registrar: `sip:${host}${transport}`,
    aor: `sip:${user}@${domain}`,
    contactUser: username,
    ...(account && { credentials: account }),
    ...(realm !== undefined && { realm }),
    admits: (address) => refusalOf(address) === undefined,
  });
}
