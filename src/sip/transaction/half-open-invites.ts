/** How many INVITEs outside dialogs may wait for their final response at a time. */
export interface HalfOpenLimits {
  /** From one address. */
  perSource: number;
  total: number;
}

/**
 * A gateway that hands over a busy company's calls has some hundreds ringing; together no more than ring within a minute at
 * 70 calls a second. Each costs about 8 KiB here and a call record above.
 */
export const DEFAULT_HALF_OPEN_LIMITS: HalfOpenLimits = { perSource: 1_000, total: 4_000 };

/** Counts the INVITEs that have no final response yet: who sends many and lets them ring costs the most for the least. */
export class HalfOpenInvites {
  readonly #limits: HalfOpenLimits;
  readonly #bySource = new Map<string, number>();
  #total = 0;

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** Takes one more in. @returns what to call, once or more often, when it is half-open no longer; undefined where there are too many. */
  open(address: string): (() => void) | undefined {
    const count = this.#bySource.get(address) ?? 0;
    if (count >= this.#limits.perSource || this.#total >= this.#limits.total) return undefined;
    this.#bySource.set(address, count + 1);
    this.#total += 1;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#total -= 1;
      const left = (this.#bySource.get(address) ?? 1) - 1;
      if (left > 0) this.#bySource.set(address, left);
      else this.#bySource.delete(address);
    };
  }
}
