import type { Trunk, TrunkRegistrar } from '../../domain/trunks/trunk.ts';
import type { RegistrationReport } from '../../domain/trunks/trunk-report.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';

/** A binding that this process keeps. */
export type BindingState = Exclude<RegistrationReport['state'], 'elsewhere'>;

/** A binding that is kept at a registrar, as the SIP stack gives it. */
export interface Binding {
  readonly state: BindingState;
  readonly changed: Emitter<BindingState>;
  readonly lastStatus: number | undefined;
  /** What else than a status keeps it from being registered, in words for the owner. */
  readonly error?: string | undefined;
  /** Takes the binding back. */
  close(): Promise<void>;
}

export interface TrunkAccount {
  username: string;
  password: string;
}

/** The account of a trunk, for whoever asks for one. */
export function accountOf({ outboundAuthenticationPlan: plan }: Trunk): TrunkAccount | undefined {
  if (plan?.authUsername === undefined || plan.authPassword === undefined) return undefined;
  return { username: plan.authUsername, password: plan.authPassword.reveal() };
}

/** Begins to register. @throws what the stack says of a registrar that is no SIP URI */
export type Register = (registrar: TrunkRegistrar, account: TrunkAccount | undefined) => Binding;

export interface TrunkBindingOptions {
  registrar: TrunkRegistrar;
  account: TrunkAccount | undefined;
  register: Register;
  clock: Clock;
  logger: Logger;
  /** Told after each change of its state. */
  onChange(): void;
}

/** The registration of one trunk, with what its owner is told of it. */
export class TrunkBinding {
  readonly #options: TrunkBindingOptions;
  #binding: Binding | undefined;
  #error: string | undefined;
  #since: number;

  constructor(options: TrunkBindingOptions) {
    const { registrar, account, register, clock, logger, onChange } = options;
    this.#options = options;
    this.#since = clock.now();
    try {
      this.#binding = register(registrar, account);
      this.#binding.changed.on((state) => {
        this.#since = clock.now();
        const { lastStatus: status, error } = this.#binding ?? {};
        const facts = { registrar: registrar.host, status, error };
        if (state === 'failed') logger.warn(facts, 'a trunk could not be registered; it is tried again');
        else logger.info({ ...facts, state }, 'the registration of a trunk changed');
        onChange();
      });
    } catch (error) {
      this.#error = (error as Error).message;
      logger.warn({ registrar: registrar.host, error: this.#error }, 'a trunk cannot be registered');
    }
  }

  get isRegistered(): boolean {
    return this.#binding?.state === 'registered';
  }

  get report(): RegistrationReport {
    const error = this.#error ?? this.#binding?.error;
    return {
      ...this.#options.registrar,
      state: this.#binding?.state ?? 'failed',
      lastStatus: this.#binding?.lastStatus,
      since: this.#since,
      ...(error !== undefined && { error }),
    };
  }

  async close(): Promise<void> {
    await this.#binding?.close();
  }
}
