import { isIP } from 'node:net';
import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { GatewayState } from '../../domain/trunks/gateway-health.ts';
import { networkOf } from '../../domain/trunks/ipv4-network.ts';
import {
  gatewayName,
  gatewayNetworks,
  inboundNetworks,
  registrarOf,
  type Trunk,
} from '../../domain/trunks/trunk.ts';
import type { RegistrationReport, Stranger, TrunkReport } from '../../domain/trunks/trunk-report.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { formatUri } from '../../sip/message/uri.ts';
import { gatewayUri, registrarUri } from './gateway-uri.ts';
import { accountOf, type Register, TrunkBinding } from './trunk-binding.ts';
import { type ResolveAddresses, TrunkNames } from './trunk-names.ts';
import { type PingAnswer, TrunkPing } from './trunk-ping.ts';

/** Strangers that are remembered of a trunk: enough to see what goes wrong, however many knock. */
export const MAX_STRANGERS = 20;
/** Longest number that is remembered of one; he may write what he likes. */
const MAX_DIALLED_CHARACTERS = 64;

export interface TrunkWatchOptions {
  ping(gateway: TrunkGateway): Promise<PingAnswer>;
  register: Register;
  resolve: ResolveAddresses;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** Who keeps the binding of a trunk; `unclear` before the store was asked, and where its answer holds no longer. */
type Keeper = 'unclear' | 'us' | 'another';

/** What this process does for one trunk, and what it has seen of it. */
export class TrunkWatch {
  readonly #options: TrunkWatchOptions;
  readonly #logger: Logger;
  readonly #onPlacesChange: () => void;
  readonly #names: TrunkNames;
  readonly #pings = new Map<string, TrunkPing>();
  readonly #strangers: Stranger[] = [];
  #trunk: Trunk;
  #binding: { key: string; binding: TrunkBinding } | undefined;
  /** One binding is taken back before the next is made: they may be the same one to the registrar. */
  #rebinding: Promise<void> = Promise.resolve();
  #keeper: Keeper = 'unclear';
  /** Until when it is ours, where it is. */
  #leaseUntil = 0;
  /** Since when another one keeps the binding. */
  #elsewhereSince = 0;
  #isClosed = false;
  #strangersRefused = 0;
  #callsIn = 0;
  #callsOut = 0;

  /** @param onPlacesChange told when {@link inbound} or {@link reach} are other than before */
  constructor(trunk: Trunk, options: TrunkWatchOptions, onPlacesChange: () => void) {
    this.#options = options;
    this.#onPlacesChange = onPlacesChange;
    this.#logger = options.logger.child({ trunkId: trunk.id });
    const { resolve, clock } = options;
    this.#names = new TrunkNames({ resolve, onChange: onPlacesChange, clock, logger: this.#logger });
    this.#trunk = trunk;
    this.update(trunk);
  }

  get trunk(): Trunk {
    return this.#trunk;
  }

  /** The networks that its calls come from: those of its gateways, and its registrar's addresses while we are bound there. */
  get inbound(): string[] {
    const registrar = registrarOf(this.#trunk);
    const isBound = this.#keeper === 'another' || this.#binding?.binding.isRegistered === true;
    const bound = registrar && isBound ? this.#names.addressesOf(registrarUri(registrar)) : [];
    return [...new Set([...inboundNetworks(this.#trunk), ...bound.map(placeOf)])];
  }

  /** The networks and host names that its calls can go out to. */
  get reach(): string[] {
    const uris = namedUris(this.#trunk);
    const addresses = uris.flatMap((uri) => this.#names.addressesOf(uri));
    const hosts = this.#trunk.gateways.map(({ ip }) => ip.toLowerCase());
    return [...new Set([...gatewayNetworks(this.#trunk), ...hosts, ...addresses.map(placeOf)])];
  }

  /** Whether there is a binding for one process to keep. */
  get hasRegistrar(): boolean {
    return registrarOf(this.#trunk) !== undefined;
  }

  /** Told again and again whether this process is the one that keeps the binding, and until when nobody else does then. */
  keepBinding(isOurs: boolean, leaseUntil: number): void {
    this.#leaseUntil = leaseUntil;
    this.#becomeKept(isOurs ? 'us' : 'another');
  }

  /** Takes the binding back where its lease runs out before this instant: another process may make its own then. */
  giveUpBefore(at: number): void {
    if (this.#keeper !== 'us' || this.#leaseUntil >= at) return;
    this.#logger.warn({}, 'the registration of a trunk is taken back until the store says who keeps it');
    this.#becomeKept('unclear');
  }

  #becomeKept(keeper: Keeper): void {
    if (keeper === this.#keeper) return;
    this.#keeper = keeper;
    this.#elsewhereSince = this.#options.clock.now();
    this.#rebinding = this.#rebinding.then(() => this.#rebind());
    this.#onPlacesChange();
  }

  /** Takes the trunk's new settings. What they leave as it was goes on undisturbed. */
  update(trunk: Trunk): void {
    this.#trunk = trunk;
    // Nobody renews its lease from now on; with another registrar the store is asked first.
    if (!this.hasRegistrar) this.#keeper = 'unclear';
    this.#names.follow(namedUris(trunk));
    const wanted = new Map(
      trunk.gateways.filter(({ optionsPingEnabled }) => optionsPingEnabled).map((one) => [pingKey(one), one]),
    );
    for (const [key, ping] of this.#pings) {
      if (wanted.has(key)) continue;
      ping.close();
      this.#pings.delete(key);
    }
    for (const [key, gateway] of wanted)
      if (!this.#pings.has(key)) this.#pings.set(key, this.#pinging(gateway));
    this.#rebinding = this.#rebinding.then(() => this.#rebind());
  }

  /** Undefined where the gateway is not asked. */
  stateOf(gateway: TrunkGateway): GatewayState | undefined {
    return this.#pings.get(pingKey(gateway))?.health.state;
  }

  countCall(direction: 'in' | 'out'): void {
    if (direction === 'in') this.#callsIn += 1;
    else this.#callsOut += 1;
  }

  addStranger(stranger: Stranger): void {
    this.#strangersRefused += 1;
    this.#strangers.unshift({ ...stranger, dialled: stranger.dialled.slice(0, MAX_DIALLED_CHARACTERS) });
    if (this.#strangers.length > MAX_STRANGERS) this.#strangers.pop();
  }

  get report(): TrunkReport {
    return {
      id: this.#trunk.id,
      name: this.#trunk.name,
      gateways: this.#trunk.gateways.map((gateway) => ({
        gateway,
        health: this.#pings.get(pingKey(gateway))?.health,
      })),
      registration: this.#registration,
      callsIn: this.#callsIn,
      callsOut: this.#callsOut,
      strangersRefused: this.#strangersRefused,
      strangers: [...this.#strangers],
    };
  }

  get #registration(): RegistrationReport | undefined {
    const registrar = registrarOf(this.#trunk);
    if (!registrar || this.#keeper !== 'another') return this.#binding?.binding.report;
    return { ...registrar, state: 'elsewhere', lastStatus: undefined, since: this.#elsewhereSince };
  }

  /** Resolves once the registrar has taken the binding back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#names.close();
    for (const ping of this.#pings.values()) ping.close();
    this.#pings.clear();
    await this.#rebinding;
    await this.#binding?.binding.close();
  }

  async #rebind(): Promise<void> {
    const registrar = this.#keeper === 'us' ? registrarOf(this.#trunk) : undefined;
    const account = accountOf(this.#trunk);
    const key = registrar && JSON.stringify([registrar, account]);
    if (this.#isClosed || key === this.#binding?.key) return;
    await this.#binding?.binding.close();
    this.#binding = undefined;
    if (this.#isClosed || !registrar || key === undefined) return;
    const { register, clock } = this.#options;
    const binding = new TrunkBinding({
      registrar,
      account,
      register,
      clock,
      logger: this.#logger,
      onChange: this.#onPlacesChange,
    });
    this.#binding = { key, binding };
  }

  #pinging(gateway: TrunkGateway): TrunkPing {
    const { ping, clock, random } = this.#options;
    return new TrunkPing({
      ping: () => ping(gateway),
      clock,
      random,
      onChange: ({ state, lastStatus, lastError }) => {
        const facts = { gateway: gatewayName(gateway), status: lastStatus, error: lastError };
        if (state === 'down') this.#logger.warn(facts, 'a gateway of a trunk is down');
        else this.#logger.info(facts, 'a gateway of a trunk is up');
      },
    });
  }
}

function pingKey(gateway: TrunkGateway): string {
  return `${gateway.outboundProtocol} ${gatewayName(gateway)}`;
}

/** The URIs of a trunk whose servers DNS may say: a gateway that is an address is that address. */
function namedUris(trunk: Trunk): string[] {
  const registrar = registrarOf(trunk);
  const named = trunk.gateways.filter(({ ip }) => isIP(ip) === 0).map((gateway) => gatewayUri(gateway));
  const uris = [...named.map(formatUri), ...(registrar ? [registrarUri(registrar)] : [])];
  return [...new Set(uris)];
}

/** An address as the networks of gateways are written; one of IPv6 stands for itself. */
function placeOf(address: string): string {
  return networkOf(address, 32) ?? address;
}
