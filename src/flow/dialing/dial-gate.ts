import {
  type DialAsker,
  homeCountryOf,
  type OutboundPolicy,
  refusalOfNumber,
} from '../../domain/orgs/dial-policy.ts';
import { type DialUsageRepository, usageDayOf } from '../../domain/orgs/dial-usage-repository.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { DialError } from '../dialer.ts';

/** How often it is looked whether an org with legs up has pulled its kill switch, in milliseconds: all end within 2 s. */
const KILL_CHECK_MS = 1_000;
/** Minutes are counted as carriers count them: a begun one is a whole one. */
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

export interface DialGateOptions {
  orgs: Pick<OrgRepository, 'getOrg'>;
  usage: DialUsageRepository;
  /** ISO 3166 code, where neither the org nor its number says one. */
  homeCountry: string | undefined;
  clock: Clock;
  logger: Logger;
}

/** Who asks for a leg, on whose account. */
export interface DialClaim {
  orgId: string;
  by: DialAsker;
  /** Address of the number that dials. */
  from: string | undefined;
}

/** The leave to place one leg. */
export interface DialPass {
  /** Judges a further place that the leg is sent to (302). @throws {DialError} refused */
  judge(dialled: string): void;
  /** Told when the leg must end now. */
  onRevoked(end: () => void): void;
  /** The leg was answered: its minutes count from now on. */
  answered(): void;
  /** The leg is over; safe to call twice. */
  release(): void;
}

/** The org dials faster than it may: the same request is admitted later. */
export class DialPaceError extends DialError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('refused', 'more outbound calls begin within this second than outbound.callsPerSecond allows');
    this.name = 'DialPaceError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** The legs of one org that are under way or up on this process. */
interface OrgLegs {
  open: Set<Leg>;
  /** When legs of the last second began, on the monotonic clock. */
  begunAt: number[];
}

interface Leg {
  isAnswered: boolean;
  revoke?: () => void;
  minute?: Timer;
}

/** The one gate of outbound dialling: whoever asks, each leg needs a pass of it before anything is sent. */
export class DialGate {
  readonly #options: DialGateOptions;
  readonly #orgs = new Map<string, OrgLegs>();
  #killCheck: Timer | undefined;

  constructor(options: DialGateOptions) {
    this.#options = options;
  }

  /**
   * Judges without taking anything: what is refused here would be refused later too.
   * @param dialled unset: it leads to no telephone network. @throws {DialError} refused
   */
  async judge(claim: DialClaim, dialled: string | undefined): Promise<void> {
    await this.#judged(claim, dialled);
  }

  /** @throws {DialError} refused; {@link DialPaceError} where only the pace is too high */
  async admit(claim: DialClaim, dialled: string | undefined): Promise<DialPass> {
    const { policy, usedMinutes } = await this.#judged(claim, dialled);
    // Others were admitted while this one was judged; from here to the taking nothing is awaited.
    this.#judgeLimits(policy, claim.orgId, usedMinutes);
    return this.#take(policy, claim);
  }

  /** Stops looking; nothing is open by then. */
  close(): void {
    this.#options.clock.clearTimeout(this.#killCheck);
    for (const { open } of this.#orgs.values())
      for (const leg of open) this.#options.clock.clearTimeout(leg.minute);
    this.#orgs.clear();
  }

  async #judged(claim: DialClaim, dialled: string | undefined) {
    const { orgs, usage, clock } = this.#options;
    const policy = (await orgs.getOrg(claim.orgId))?.outbound ?? {};
    this.#judgeNumber(policy, claim, dialled);
    const usedMinutes =
      policy.dailyMinutes === undefined ? 0 : await usage.minutesOn(claim.orgId, usageDayOf(clock.now()));
    this.#judgeLimits(policy, claim.orgId, usedMinutes);
    return { policy, usedMinutes };
  }

  #judgeNumber(policy: OutboundPolicy, { by, from }: DialClaim, dialled: string | undefined): void {
    if (dialled === undefined) return;
    const homeCountry = homeCountryOf(policy, from, this.#options.homeCountry);
    const refusal = refusalOfNumber(policy, dialled, { by, homeCountry });
    if (refusal !== undefined) throw refused(refusal);
  }

  #judgeLimits(
    { killSwitch, concurrentCalls, dailyMinutes }: OutboundPolicy,
    orgId: string,
    usedMinutes: number,
  ): void {
    if (killSwitch) throw refused('outbound calls are switched off (outbound.killSwitch)');
    const { open } = this.#legsOf(orgId);
    if (concurrentCalls !== undefined && open.size >= concurrentCalls)
      throw refused('as many outbound calls are up as may be (outbound.concurrentCalls)');
    // A leg that is not answered yet may take a minute at any moment.
    const claimed = [...open].filter(({ isAnswered }) => !isAnswered).length;
    if (dailyMinutes !== undefined && usedMinutes + claimed >= dailyMinutes)
      throw refused('the minutes of this day are used up (outbound.dailyMinutes)');
  }

  #take(policy: OutboundPolicy, claim: DialClaim): DialPass {
    const { clock } = this.#options;
    const legs = this.#legsOf(claim.orgId);
    const now = clock.monotonic();
    legs.begunAt = legs.begunAt.filter((at) => at > now - SECOND_MS);
    const [first = now] = legs.begunAt;
    if (policy.callsPerSecond !== undefined && legs.begunAt.length >= policy.callsPerSecond)
      throw new DialPaceError(first + SECOND_MS - now);
    legs.begunAt.push(now);
    const leg: Leg = { isAnswered: false };
    legs.open.add(leg);
    this.#orgs.set(claim.orgId, legs);
    this.#killCheck ??= clock.setTimeout(() => void this.#lookForKills(), KILL_CHECK_MS);
    return {
      judge: (dialled) => this.#judgeNumber(policy, claim, dialled),
      onRevoked: (end) => {
        leg.revoke = end;
      },
      answered: () => {
        if (leg.isAnswered || !legs.open.has(leg)) return;
        leg.isAnswered = true;
        this.#countMinute(claim.orgId, leg);
      },
      release: () => {
        clock.clearTimeout(leg.minute);
        legs.open.delete(leg);
        this.#forget(claim.orgId, legs);
      },
    };
  }

  /** Counts the minute that begins, and each further one: a process that dies has counted what it dialled. */
  #countMinute(orgId: string, leg: Leg): void {
    const { usage, clock, logger } = this.#options;
    usage.addMinutes(orgId, usageDayOf(clock.now()), 1).catch((error: unknown) => {
      logger.error({ orgId, err: error }, 'a minute of an outbound call could not be counted');
    });
    leg.minute = clock.setTimeout(() => this.#countMinute(orgId, leg), MINUTE_MS);
  }

  async #lookForKills(): Promise<void> {
    const { clock, logger } = this.#options;
    for (const [orgId, legs] of [...this.#orgs]) {
      const { open } = legs;
      this.#forget(orgId, legs);
      if (open.size === 0) continue;
      try {
        const org = await this.#options.orgs.getOrg(orgId);
        if (!org?.outbound?.killSwitch) continue;
        logger.warn({ orgId, legs: open.size }, 'the kill switch ends all outbound calls of the org');
        for (const leg of [...open]) leg.revoke?.();
      } catch (error) {
        logger.error({ orgId, err: error }, 'the kill switch of an org could not be read');
      }
    }
    this.#killCheck =
      this.#orgs.size > 0 ? clock.setTimeout(() => void this.#lookForKills(), KILL_CHECK_MS) : undefined;
  }

  #legsOf(orgId: string): OrgLegs {
    return this.#orgs.get(orgId) ?? { open: new Set(), begunAt: [] };
  }

  #forget(orgId: string, legs: OrgLegs): void {
    // Whoever asks may hold an entry that was forgotten already, and another has taken its place since.
    if (this.#orgs.get(orgId) !== legs) return;
    const now = this.#options.clock.monotonic();
    if (legs.open.size === 0 && legs.begunAt.every((at) => at <= now - SECOND_MS)) this.#orgs.delete(orgId);
  }
}

function refused(message: string): DialError {
  return new DialError('refused', message);
}
