import type { Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import { headerValue } from '../message/headers.ts';
import type { HeaderLine, SipResponse, SipUri } from '../message/message.ts';
import { parseNameAddress } from '../message/name-address.ts';
import type { Credentials } from '../session/client-authentication.ts';
import { RequestSeries } from '../session/request-series.ts';
import { SipRejection, type Source } from '../session/session.ts';
import type { SessionContext } from '../session/session-context.ts';
import { Machine } from '../transaction/machine.ts';
import {
  DEFAULT_EXPIRES_SECONDS,
  grantedSeconds,
  longerExpiry,
  refreshDelayMs,
  retryDelayMs,
} from './registration-schedule.ts';
import {
  type RegistrationEffect,
  type RegistrationInput,
  type RegistrationMachineState,
  registrationTable,
} from './registration-table.ts';

/** Longest wait of {@link Registration.close} for a registrar that does not answer, in milliseconds. */
const CLOSE_LIMIT_MS = 4_000;

export type RegistrationState = 'registering' | 'registered' | 'failed' | 'closed';

const PUBLIC_STATES: Readonly<Record<RegistrationMachineState, RegistrationState>> = {
  registering: 'registering',
  registered: 'registered',
  refreshing: 'registered',
  waiting: 'failed',
  closing: 'closed',
  unregistering: 'closed',
  closed: 'closed',
};

export interface RegistrationOptions {
  /** URI of the registrar: its domain, with port and transport where DNS does not say them. A user part is left out. */
  registrar: string;
  /** Address of record that is bound: From and To. */
  aor: string;
  /** User part of our Contact, by which calls to the binding are known. */
  contactUser: string;
  credentials?: Credentials;
  /** The only realm that the credentials are for; outranks theirs. Unset: the first that challenges. */
  realm?: string;
  /** Interval to ask for, in seconds. Unset: an hour. A registrar that wants it longer gets it. */
  expiresSeconds?: number;
  /** Where to send the REGISTERs, if not to the servers of the registrar's URI. */
  destination?: Source;
  /** Whether an address may be asked; one that may not is passed over. Unset: any. */
  admits?: (address: string) => boolean;
  /** From 0 to 1, spreads the refreshes. Unset: Math.random. */
  random?: () => number;
}

/** A binding that is kept at a registrar. */
export interface Registration {
  readonly state: RegistrationState;
  readonly changed: Emitter<RegistrationState>;
  /** Status of the last REGISTER that ended: 408 and 503 also where nobody answered. Undefined before the first. */
  readonly lastStatus: number | undefined;
  /** Takes the binding back. Resolves when that is done, or has taken too long. */
  close(): Promise<void>;
}

/** Keeps a binding at a registrar (RFC 3261 section 10.2): refreshes it in time and tries again after a failure. */
export class RegistrationClient implements Registration {
  readonly changed = new Emitter<RegistrationState>();
  readonly #context: SessionContext;
  readonly #options: RegistrationOptions;
  readonly #series: RequestSeries;
  readonly #logger: Logger;
  readonly #random: () => number;
  readonly #machine: Machine<RegistrationMachineState, RegistrationInput, RegistrationEffect>;
  readonly #closed = Promise.withResolvers<void>();
  readonly #onClosed: () => void;
  #expiresSeconds: number;
  #contact: SipUri | undefined;
  #response: SipResponse | undefined;
  #lastStatus: number | undefined;
  #failures = 0;
  /** Where the registrar that has our binding is, and what ends its keep-alives. */
  #flow: { peer: Source; stop: () => void } | undefined;
  #destination: Source | undefined;
  #timer: Timer | undefined;
  #told: RegistrationState = 'registering';

  private constructor(context: SessionContext, options: RegistrationOptions, onClosed: () => void) {
    const { registrar, aor, admits, destination, credentials, realm } = options;
    this.#context = context;
    this.#options = options;
    this.#series = new RequestSeries(context, {
      uri: withoutUser(registrar),
      to: aor,
      from: { uri: aor },
      ...(admits && { admits }),
      ...(destination && { destination }),
      ...(credentials && { credentials: { ...credentials, ...(realm !== undefined && { realm }) } }),
    });
    this.#logger = context.logger.child({ registrar, aor });
    this.#random = options.random ?? Math.random;
    this.#expiresSeconds = options.expiresSeconds ?? DEFAULT_EXPIRES_SECONDS;
    this.#onClosed = onClosed;
    this.#machine = new Machine(registrationTable, 'registering', (effect) => this.#perform(effect));
  }

  /** Sends the first REGISTER. `onClosed` is called once. @throws {SipRejection} 416 for a URI that is none. */
  static start(
    context: SessionContext,
    options: RegistrationOptions,
    onClosed: () => void,
  ): RegistrationClient {
    const registration = new RegistrationClient(context, options, onClosed);
    void registration.#send(registration.#expiresSeconds);
    return registration;
  }

  get state(): RegistrationState {
    return PUBLIC_STATES[this.#machine.state];
  }

  get lastStatus(): number | undefined {
    return this.#lastStatus;
  }

  close(): Promise<void> {
    this.#machine.take('close');
    return this.#closed.promise;
  }

  /** A connection is gone: over it the registrar reached us, so that it must have another (RFC 5626 section 4.4.1). */
  connectionClosed(peer: Source): void {
    if (this.#flow && isSamePlace(this.#flow.peer, peer)) this.#machine.take('flow-lost');
  }

  /** Ends it without a word, for a stack that closes. */
  abandon(): void {
    this.#machine.take('give-up');
  }

  async #send(expiresSeconds: number): Promise<void> {
    this.#machine.take(await this.#outcomeOf(expiresSeconds));
  }

  async #outcomeOf(expiresSeconds: number): Promise<RegistrationInput> {
    try {
      const headers = (destination: Source) => this.#headersFor(destination, expiresSeconds);
      const { response, destination } = await this.#series.request({ method: 'REGISTER', headers });
      this.#response = response;
      this.#destination = destination;
      this.#lastStatus = response.status;
      return this.#inputOf(response);
    } catch (error) {
      this.#response = undefined;
      this.#lastStatus = error instanceof SipRejection ? error.status : 500;
      this.#logger.warn({ error: String(error) }, 'SIP registrar gave no answer');
      return 'failed';
    }
  }

  #inputOf(response: SipResponse): RegistrationInput {
    const { status, reason } = response;
    if (status < 300) return 'granted';
    const longer = status === 423 ? longerExpiry(response, this.#expiresSeconds) : undefined;
    if (longer !== undefined) {
      this.#expiresSeconds = longer;
      return 'too-brief';
    }
    this.#logger.warn({ status, reason }, 'SIP registration was refused');
    return 'failed';
  }

  #headersFor(destination: Source, expiresSeconds: number): HeaderLine[] {
    const isSips = this.#options.registrar.toLowerCase().startsWith('sips:');
    const contact = this.#context.sender.contactFor(destination, this.#options.contactUser, isSips);
    this.#contact = parseNameAddress(contact.value)?.uri;
    const expires = String(expiresSeconds);
    // Some registrars read the one, some the other.
    return [
      { ...contact, value: `${contact.value};expires=${expires}` },
      { name: 'Expires', value: expires },
    ];
  }

  #perform(effect: RegistrationEffect): void {
    switch (effect) {
      case 'send-register':
        void this.#send(this.#expiresSeconds);
        break;
      case 'send-unregister':
        void this.#send(0);
        break;
      case 'schedule-refresh':
        this.#failures = 0;
        this.#schedule(refreshDelayMs(this.#granted(), this.#random()));
        break;
      case 'schedule-retry': {
        this.#failures += 1;
        const retryAfter = this.#response && headerValue(this.#response, 'Retry-After');
        const status = this.#lastStatus ?? 408;
        this.#schedule(retryDelayMs(status, this.#failures, retryAfter, this.#random()));
        break;
      }
      case 'stop-schedule':
        this.#stopTimer();
        break;
      case 'start-give-up':
        this.#timer = this.#context.clock.setTimeout(() => this.#machine.take('give-up'), CLOSE_LIMIT_MS);
        break;
      case 'keep-flow':
        this.#keepFlow();
        break;
      case 'drop-flow':
        this.#dropFlow();
        break;
      case 'tell':
        this.#tell();
        break;
      case 'finish':
        this.#stopTimer();
        this.#dropFlow();
        this.#onClosed();
        this.#closed.resolve();
        break;
    }
  }

  #granted(): number {
    const [response, contact] = [this.#response, this.#contact];
    return response && contact
      ? grantedSeconds(response, contact, this.#expiresSeconds)
      : this.#expiresSeconds;
  }

  #keepFlow(): void {
    this.#dropFlow();
    const peer = this.#destination;
    if (peer) this.#flow = { peer, stop: this.#context.sender.keepAlive(peer, this.#random) };
  }

  #dropFlow(): void {
    this.#flow?.stop();
    this.#flow = undefined;
  }

  #schedule(delayMs: number): void {
    this.#timer = this.#context.clock.setTimeout(() => this.#machine.take('due'), delayMs);
  }

  #stopTimer(): void {
    this.#context.clock.clearTimeout(this.#timer);
  }

  #tell(): void {
    if (this.state === this.#told) return;
    this.#told = this.state;
    try {
      this.changed.emit(this.state);
    } catch (error) {
      this.#logger.error({ err: error }, 'SIP registration: a listener failed');
    }
  }
}

function isSamePlace(one: Source, other: Source): boolean {
  return one.protocol === other.protocol && one.address === other.address && one.port === other.port;
}

/** The Request-URI of a REGISTER has a domain and no user (RFC 3261 section 10.2). */
function withoutUser(uri: string): string {
  return uri.replace(/^(sips?:)[^@;?]*@/i, '$1');
}
