import type { TrunkGateway } from '../domain/credentials/credential.ts';
import type { TrunkRegistrar } from '../domain/trunks/trunk.ts';
import { formatHostPort, formatUri, parseUri } from '../sip/message/uri.ts';
import { SipRejection, type UserAgent } from '../sip/session/session.ts';
import { gatewayUri, registrarUri } from '../telephony/sip/gateway-uri.ts';
import type { Binding, TrunkAccount } from '../telephony/sip/trunk-binding.ts';
import type { PingAnswer } from '../telephony/sip/trunk-ping.ts';
import type { TrunkWatchOptions } from '../telephony/sip/trunk-watch.ts';

/** How long a gateway may take for an OPTIONS. Four copies have been sent by then; milliseconds. */
const PING_LIMIT_MS = 5_000;

export interface TrunkMeansOptions {
  userAgent: () => Pick<UserAgent, 'request' | 'register' | 'resolveServer'>;
  /** Why an address must not be reached; undefined where it may be. */
  refusalOf: (address: string) => string | undefined;
  /** Host that our requests are from. */
  sipDomain: string;
}

/** What is done at a trunk's gateways and registrar, each address of theirs judged before it is used. */
export function trunkMeans(
  options: TrunkMeansOptions,
): Pick<TrunkWatchOptions, 'ping' | 'register' | 'resolve'> {
  return {
    ping: (gateway) => ping(gateway, options),
    register: (registrar, account) => register(registrar, account, options),
    resolve: (uri) => resolve(uri, options),
  };
}

async function ping(
  gateway: TrunkGateway,
  { userAgent, refusalOf, sipDomain }: TrunkMeansOptions,
): Promise<PingAnswer> {
  const judge = new AddressJudge(refusalOf);
  try {
    const { status } = await userAgent().request({
      method: 'OPTIONS',
      uri: formatUri(gatewayUri(gateway)),
      from: { uri: `sip:${formatHostPort(sipDomain)}` },
      admits: (address) => judge.admits(address),
      timeoutMs: PING_LIMIT_MS,
    });
    return { status };
  } catch (error) {
    // The stack's own failures are news of the gateway; anything else would be ours, and still none that answers.
    const reason = error instanceof SipRejection ? error.message : `not asked: ${(error as Error).message}`;
    return { error: judge.refusal ?? reason };
  }
}

async function resolve(text: string, { userAgent }: TrunkMeansOptions): Promise<string[]> {
  const uri = parseUri(text);
  if (!uri) throw new SipRejection(416, `${text} is no SIP URI`);
  return (await userAgent().resolveServer(uri)).map(({ address }) => address);
}

function register(
  registrar: TrunkRegistrar,
  account: TrunkAccount | undefined,
  { userAgent, refusalOf }: TrunkMeansOptions,
): Binding {
  const judge = new AddressJudge(refusalOf);
  const { host, username, realm } = registrar;
  const domain = host.replace(/:\d+$/, '');
  const registration = userAgent().register({
    registrar: registrarUri(registrar),
    aor: `sip:${encodeURIComponent(username)}@${domain}`,
    contactUser: username,
    ...(account && { credentials: account }),
    ...(realm !== undefined && { realm }),
    admits: (address) => judge.admits(address),
  });
  return {
    get state() {
      return registration.state;
    },
    get lastStatus() {
      return registration.lastStatus;
    },
    get error() {
      return registration.state === 'failed' ? judge.refusal : undefined;
    },
    changed: registration.changed,
    close: () => registration.close(),
  };
}

/** Judges the addresses of a peer, and remembers for its owner which one must not be reached. */
class AddressJudge {
  readonly #refusalOf: TrunkMeansOptions['refusalOf'];
  #refusal: string | undefined;

  constructor(refusalOf: TrunkMeansOptions['refusalOf']) {
    this.#refusalOf = refusalOf;
  }

  get refusal(): string | undefined {
    return this.#refusal;
  }

  admits(address: string): boolean {
    const reason = this.#refusalOf(address);
    if (reason === undefined) return true;
    this.#refusal = `${address} must not be reached: ${reason} (see OFFHOOK_EGRESS_ALLOW)`;
    return false;
  }
}
