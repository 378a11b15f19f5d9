import type { Clock, Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { SipRequest } from '../../sip/message/message.ts';
import { Machine } from '../../sip/transaction/machine.ts';
import { type LoadLevel, loadLevel } from './load-level.ts';
import {
  type OverloadEffect,
  type OverloadInput,
  type OverloadState,
  overloadTable,
} from './overload-table.ts';
import { ShedCalls } from './shed-calls.ts';

/** How often the load is looked at, in milliseconds. */
export const SAMPLE_MS = 500;
/** Samples in a row that must say the same. Rising is soon believed, but a pause to collect garbage is no overload; falling only when it lasts. */
const RISE_SAMPLES = 3;
const FALL_SAMPLES = 6;

/**
 * Share of the new calls that is taken while others are turned away: half at first, less with each sample that is still
 * overloaded, more with each that is not. To turn all away would leave the exchange idle, then flood it again. Never none:
 * somebody has to show that there is room.
 */
const TAKEN_SHARE = { first: 0.5, least: 0.05, shrink: 0.8, growth: 0.1 };

interface Range {
  from: number;
  to: number;
}

/** Seconds after which a caller may try again, drawn for each: those who were turned away together must not come back together. */
const RETRY_AFTER_SECONDS: Range = { from: 1, to: 10 };
/** Of an exchange that goes down: by then it is up again, or the caller has found another. */
const DRAIN_RETRY_AFTER_SECONDS: Range = { from: 30, to: 60 };

const RANKS: Readonly<Record<LoadLevel, number>> = {
  calm: 0,
  strained: 1,
  overloaded: 2,
};
const STATE_RANKS: Readonly<Record<OverloadState, number>> = { normal: 0, busy: 1, shedding: 2, draining: 2 };

export interface OverloadWatchOptions {
  /** How late the event loop came round since it was last asked, in milliseconds: asked once for each sample. */
  lagMs: () => number;
  /** How long work last waited for the store, and for the disk, in milliseconds: asked once for each sample. */
  storeMs: () => number;
  diskMs: () => number;
  activeCalls: () => number;
  /** Part of the SIP transactions that we keep at most, from 0 to 1. */
  transactionShare: () => number;
  /** Calls at a time. Undefined: as many as come. */
  maxCalls: number | undefined;
  /** Not ready for calls: it starts, or goes down. */
  isDraining: () => boolean;
  clock: Clock;
  /** From 0 to below 1. */
  random?: () => number;
}

/** Watches how loaded the exchange is, and says what it still takes on. */
export class OverloadWatch {
  readonly changed = new Emitter<OverloadState>();
  readonly #options: OverloadWatchOptions;
  readonly #random: () => number;
  readonly #shed: ShedCalls;
  readonly #machine: Machine<OverloadState, OverloadInput, OverloadEffect>;
  #timer: Timer | undefined;
  #last: LoadLevel = 'calm';
  #inARow = 0;
  /** Share of the new calls that is taken while shedding. */
  #takenShare = 1;
  /** Shares that have added up; a whole one takes a call. */
  #credit = 0;

  constructor(options: OverloadWatchOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#shed = new ShedCalls(options.clock);
    this.#machine = new Machine(overloadTable, 'normal', () => {
      if (this.#machine.state === 'shedding') {
        this.#takenShare = TAKEN_SHARE.first;
        this.#credit = 0;
      }
      this.changed.emit(this.#machine.state);
    });
  }

  /** `draining` from the moment that the exchange is told to go down. */
  get state(): OverloadState {
    if (this.#options.isDraining()) return 'draining';
    // Ready since the last sample.
    return this.#machine.state === 'draining' ? 'normal' : this.#machine.state;
  }

  start(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#sample();
      this.start();
    }, SAMPLE_MS);
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
  }

  /** Whether a call of our own, which counts as active by now, may be placed: those are the first that are given up. */
  get mayDial(): boolean {
    return this.state === 'normal' && this.#hasRoomFor(0);
  }

  /** As many calls are active as are allowed at a time. */
  get isFull(): boolean {
    return !this.#hasRoomFor(1);
  }

  /**
   * Whether a request that would begin something is turned away, with the seconds to wait; undefined: it is taken. A copy of
   * an INVITE that was turned away is told the same again.
   */
  retryAfterOf(request: SipRequest): number | undefined {
    const { state } = this;
    const told = request.method === 'INVITE' ? this.#shed.retryAfterOf(request) : undefined;
    if (told !== undefined) return told;
    const hasRoom = state !== 'draining' && !this.isFull;
    if (hasRoom && (state !== 'shedding' || this.#isTaken(request))) return undefined;
    const { from, to } = state === 'draining' ? DRAIN_RETRY_AFTER_SECONDS : RETRY_AFTER_SECONDS;
    const seconds = from + Math.floor(this.#random() * (to - from + 1));
    if (request.method === 'INVITE') this.#shed.add(request, seconds);
    return seconds;
  }

  #hasRoomFor(newCalls: number): boolean {
    const { maxCalls, activeCalls } = this.#options;
    return maxCalls === undefined || activeCalls() + newCalls <= maxCalls;
  }

  #sample(): void {
    const { lagMs, storeMs, diskMs, activeCalls, transactionShare, maxCalls, isDraining } = this.#options;
    this.#machine.take(isDraining() ? 'drain' : 'ready');
    const signals = {
      lagMs: lagMs(),
      storeMs: storeMs(),
      diskMs: diskMs(),
      activeCalls: activeCalls(),
      transactionShare: transactionShare(),
    };
    const level = loadLevel(signals, this.#machine.state, maxCalls);
    this.#inARow = level === this.#last ? this.#inARow + 1 : 1;
    this.#last = level;
    if (this.#machine.state === 'shedding') this.#adjustShare(level);
    const isRise = RANKS[level] > STATE_RANKS[this.#machine.state];
    if (this.#inARow < (isRise ? RISE_SAMPLES : FALL_SAMPLES)) return;
    this.#inARow = 0;
    this.#machine.take(level);
  }

  /** Evenly over all new calls. Whoever only asks (OPTIONS) is told that there is no room. */
  #isTaken({ method }: SipRequest): boolean {
    if (method !== 'INVITE') return false;
    this.#credit += this.#takenShare;
    if (this.#credit < 1) return false;
    this.#credit -= 1;
    return true;
  }

  #adjustShare(level: LoadLevel): void {
    const { least, shrink, growth } = TAKEN_SHARE;
    const share = this.#takenShare;
    this.#takenShare = level === 'overloaded' ? Math.max(least, share * shrink) : Math.min(1, share + growth);
  }
}
