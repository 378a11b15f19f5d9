import type { Clock, Timer } from '../../lib/clock.ts';
import { parseDecimal } from '../message/characters.ts';
import { headerValue, headerValues } from '../message/headers.ts';
import type { HeaderLine, SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { ValueReader } from '../message/value-reader.ts';
import { SipRejection } from './session.ts';

/** What a peer that names no Min-SE takes at least, and the least that any may have (RFC 4028 section 5). Seconds. */
const DEFAULT_MIN_SECONDS = 90;
/** Longest interval that we keep a timer for; a setTimeout takes no more. Seconds. */
const MAX_SECONDS = 2_000_000;
/** A lost session is ended this long before its interval is over, or a third of it (RFC 4028 section 10). Seconds. */
const EXPIRY_MARGIN_SECONDS = 32;
/** A refresh that was refused is tried again while this much is left, in milliseconds. */
const LAST_RETRY_MS = 1000;

export interface SessionTimerSettings {
  /** What we ask for and grant at most, in seconds; 0: session timers are off. */
  expiresSeconds: number;
  /** What we take at least, in seconds. */
  minSeconds: number;
}

/** RFC 4028 recommends 1800 s, and lets nobody ask for less than 90 s (sections 4 and 5). */
export const DEFAULT_SESSION_TIMER: SessionTimerSettings = {
  expiresSeconds: 1800,
  minSeconds: DEFAULT_MIN_SECONDS,
};

/** How long a session lives without a refresh, and whose it is to refresh it. */
export interface SessionInterval {
  seconds: number;
  refresher: 'us' | 'peer';
}

/**
 * What the 2xx to an INVITE or UPDATE says of the session's interval (RFC 4028 section 9). Too short an interval is refused
 * where the peer knows session timers; else a proxy has asked for it, to whom a 422 is no answer, and it is passed over.
 * @returns no interval where the session has none.
 * @throws {SipRejection} 422 with our Min-SE where a peer that knows session timers asks for too little.
 */
export function grantInterval(
  request: SipRequest,
  settings: SessionTimerSettings,
): { interval: SessionInterval | undefined; headers: HeaderLine[] } {
  const read = sessionExpires(request);
  const isSupported =
    headerValues(request, 'Supported').includes('timer') ||
    headerValues(request, 'Require').includes('timer');
  const isShort = read !== undefined && read.seconds < settings.minSeconds;
  const asked = isShort ? undefined : read;
  if (settings.expiresSeconds === 0 || (!asked && !isSupported)) return { interval: undefined, headers: [] };
  if (isShort) throw new SipRejection(422, 'Session Interval Too Small', [minSe(settings.minSeconds)]);
  const least = minSeconds(request) ?? DEFAULT_MIN_SECONDS;
  const granted = Math.max(settings.expiresSeconds, least);
  const seconds = asked ? Math.min(asked.seconds, granted) : granted;
  // A peer that has asked has a timer running; one that has not is not to be burdened.
  const refresher = isSupported ? (asked?.refresher ?? (asked ? 'uac' : 'uas')) : 'uas';
  const headers = [{ name: 'Session-Expires', value: `${seconds};refresher=${refresher}` }];
  if (refresher === 'uac') headers.push({ name: 'Require', value: 'timer' });
  return { interval: { seconds, refresher: refresher === 'uac' ? 'peer' : 'us' }, headers };
}

/**
 * The interval that the 2xx to a request of ours grants (RFC 4028 section 7.2); never below the least that there may be, or
 * a peer could have us refresh without a pause.
 */
export function grantedInterval(
  response: SipResponse,
  settings: SessionTimerSettings,
): SessionInterval | undefined {
  const granted = sessionExpires(response);
  if (!granted) return undefined;
  const seconds = Math.max(granted.seconds, Math.min(DEFAULT_MIN_SECONDS, settings.minSeconds));
  return { seconds, refresher: granted.refresher === 'uas' ? 'peer' : 'us' };
}

interface SessionTimerPolicy {
  /** Refreshes the session; a 2xx brings {@link SessionTimer.agree}. @throws {SipRejection} */
  refresh(): Promise<void>;
  /** Nobody has refreshed the session in time. */
  onExpired(): void;
  /** A refresh has failed; it is tried again while there is time. */
  onRefused(error: Error): void;
}

/** Keeps a session refreshed, or notices that it is no longer (RFC 4028). */
export class SessionTimer {
  readonly #clock: Clock;
  readonly #settings: SessionTimerSettings;
  readonly #policy: SessionTimerPolicy;
  #interval: SessionInterval | undefined;
  #isAgreed = false;
  #isStopped = false;
  #minSeconds: number;
  #refreshTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;
  #expiresAt = 0;

  constructor(clock: Clock, settings: SessionTimerSettings, policy: SessionTimerPolicy) {
    this.#clock = clock;
    this.#settings = settings;
    this.#policy = policy;
    this.#minSeconds = settings.minSeconds;
  }

  /** What our INVITE or UPDATE asks for; in a session without an interval nothing. */
  get requestHeaders(): HeaderLine[] {
    const { expiresSeconds } = this.#settings;
    const isWithout = this.#isAgreed && this.#interval === undefined;
    if (expiresSeconds === 0 || isWithout) return [];
    const seconds = Math.max(this.#interval?.seconds ?? expiresSeconds, this.#minSeconds);
    const refresher = this.#interval && (this.#interval.refresher === 'us' ? 'uac' : 'uas');
    const value = refresher ? `${seconds};refresher=${refresher}` : String(seconds);
    const headers = [{ name: 'Session-Expires', value }];
    if (this.#minSeconds !== DEFAULT_MIN_SECONDS) headers.push(minSe(this.#minSeconds));
    return headers;
  }

  /** Takes the Min-SE of a 422. @returns false where asking again would help nothing. */
  raise(response: SipResponse): boolean {
    const wanted = minSeconds(response);
    const asked = Math.max(this.#interval?.seconds ?? this.#settings.expiresSeconds, this.#minSeconds);
    if (response.status !== 422 || wanted === undefined || wanted <= asked) return false;
    this.#minSeconds = wanted;
    return true;
  }

  /** A request for the session has its 2xx: the interval begins anew. */
  agree(interval: SessionInterval | undefined): void {
    if (this.#isStopped) return;
    this.#clear();
    this.#isAgreed = true;
    this.#interval = interval;
    if (!interval) return;
    const marginSeconds = Math.min(EXPIRY_MARGIN_SECONDS, interval.seconds / 3);
    const expiryMs = (interval.seconds - marginSeconds) * 1000;
    this.#expiresAt = this.#clock.monotonic() + expiryMs;
    this.#expiryTimer = this.#clock.setTimeout(() => this.#policy.onExpired(), expiryMs);
    if (interval.refresher === 'us') this.#refreshAfter((interval.seconds * 1000) / 2);
  }

  stop(): void {
    this.#isStopped = true;
    this.#clear();
  }

  #clear(): void {
    this.#clock.clearTimeout(this.#refreshTimer);
    this.#clock.clearTimeout(this.#expiryTimer);
  }

  #refreshAfter(delayMs: number): void {
    this.#refreshTimer = this.#clock.setTimeout(() => void this.#refresh(), delayMs);
  }

  /** A refusal leaves the session as it is until its interval is over, so that there is time to try again. */
  async #refresh(): Promise<void> {
    const expiresAt = this.#expiresAt;
    try {
      await this.#policy.refresh();
    } catch (error) {
      this.#policy.onRefused(error as Error);
      const isAnew = expiresAt !== this.#expiresAt;
      const leftMs = this.#expiresAt - this.#clock.monotonic();
      if (!this.#isStopped && !isAnew && leftMs > LAST_RETRY_MS) this.#refreshAfter(leftMs / 2);
    }
  }
}

function sessionExpires(
  message: SipMessage,
): { seconds: number; refresher: 'uac' | 'uas' | undefined } | undefined {
  const value = headerValue(message, 'Session-Expires');
  if (value === undefined) return undefined;
  const reader = new ValueReader(value);
  const seconds = parseDecimal(reader.token(), MAX_SECONDS);
  const refresher = reader.parameters(true)?.get('refresher')?.toLowerCase();
  if (seconds === undefined) return undefined;
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

function minSeconds(message: SipMessage): number | undefined {
  const value = headerValue(message, 'Min-SE');
  return value === undefined ? undefined : parseDecimal(new ValueReader(value).token(), MAX_SECONDS);
}

function minSe(seconds: number): HeaderLine {
  return { name: 'Min-SE', value: String(seconds) };
}
