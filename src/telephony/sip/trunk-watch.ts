import type { TrunkGateway } from '../../domain/credentials/credential.ts';
import type { GatewayState } from '../../domain/trunks/gateway-health.ts';
import { gatewayName, inboundNetworks, registrarOf, type Trunk } from '../../domain/trunks/trunk.ts';
import type { Stranger, TrunkReport } from '../../domain/trunks/trunk-report.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { type Register, type TrunkAccount, TrunkBinding } from './trunk-binding.ts';
import { type PingAnswer, TrunkPing } from './trunk-ping.ts';

/** Strangers that are remembered of a trunk: enough to see what goes wrong, however many knock. */
export const MAX_STRANGERS = 20;
/** Longest number that is remembered of one; he may write what he likes. */
const MAX_DIALLED_CHARACTERS = 64;

export interface TrunkWatchOptions {
  ping(gateway: TrunkGateway): Promise<PingAnswer>;
  register: Register;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** What this process does for one trunk, and what it has seen of it. */
export class TrunkWatch {
  readonly #options: TrunkWatchOptions;
  readonly #logger: Logger;
  readonly #pings = new Map<string, TrunkPing>();
  readonly #strangers: Stranger[] = [];
  #trunk: Trunk;
  #binding: { key: string; binding: TrunkBinding } | undefined;
  /** One binding is taken back before the next is made: they may be the same one to the registrar. */
  #rebinding: Promise<void> = Promise.resolve();
  #isClosed = false;
  #strangersRefused = 0;
  #callsIn = 0;
  #callsOut = 0;

  constructor(trunk: Trunk, options: TrunkWatchOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ trunkId: trunk.id });
    this.#trunk = trunk;
    this.update(trunk);
  }

  get trunk(): Trunk {
    return this.#trunk;
  }

  get networks(): string[] {
    return inboundNetworks(this.#trunk);
  }

  /** Takes the trunk's new settings. What they leave as it was goes on undisturbed. */
  update(trunk: Trunk): void {
    this.#trunk = trunk;
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
      registration: this.#binding?.binding.report,
      callsIn: this.#callsIn,
      callsOut: this.#callsOut,
      strangersRefused: this.#strangersRefused,
      strangers: [...this.#strangers],
    };
  }

  /** Resolves once the registrar has taken the binding back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const ping of this.#pings.values()) ping.close();
    this.#pings.clear();
    await this.#rebinding;
    await this.#binding?.binding.close();
  }

  async #rebind(): Promise<void> {
    const registrar = registrarOf(this.#trunk);
    const account = accountOf(this.#trunk);
    const key = registrar && JSON.stringify([registrar, account]);
    if (this.#isClosed || key === this.#binding?.key) return;
    await this.#binding?.binding.close();
    this.#binding = undefined;
    if (this.#isClosed || !registrar || key === undefined) return;
    const { register, clock } = this.#options;
    const binding = new TrunkBinding({ registrar, account, register, clock, logger: this.#logger });
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

function accountOf({ outboundAuthenticationPlan: plan }: Trunk): TrunkAccount | undefined {
  if (plan?.authUsername === undefined || plan.authPassword === undefined) return undefined;
  return { username: plan.authUsername, password: plan.authPassword.reveal() };
}
