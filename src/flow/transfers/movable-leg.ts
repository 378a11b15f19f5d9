import type { Clock, Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import { DialError, type OutboundLeg } from '../dialer.ts';
import type { Leg, LegEnd, TransferRequest } from '../leg.ts';

/** How long who was replaced may take to hang up by himself, as whoever has asked for it does. Milliseconds. */
const LEAVE_GRACE_MS = 5_000;

export interface MovableLegOptions {
  /** The far end asks for somebody else in its place. */
  onTransferRequest(request: TransferRequest, line: MovableLeg): void;
  /** Whether another leg may take this one over now. */
  mayBeTakenOver(): boolean;
  /** Somebody else has the line now. */
  onTakenOver(by: Leg): void;
  clock: Clock;
  logger: Logger;
}

/**
 * A leg whose far end may become another one while the call goes on: by a REFER of that end, or by an INVITE that takes its
 * dialog over. The media stays the same, and with it whoever listens, speaks, records or is bridged. While a move is under
 * way the line counts as held, and its far end may leave without ending it.
 */
export class MovableLeg implements Leg {
  readonly ended = new Emitter<LegEnd>();
  readonly held = new Emitter<boolean>();
  readonly dtmf: Leg['dtmf'] = new Emitter();
  readonly #options: MovableLegOptions;
  /** Those who were replaced and have not hung up yet. */
  readonly #leaving = new Map<Leg, Timer>();
  #leg: Leg;
  #releases: (() => void)[] = [];
  #next: OutboundLeg | undefined;
  #end: LegEnd | undefined;
  #isMoving = false;
  #wasHeld = false;

  constructor(leg: Leg, options: MovableLegOptions) {
    this.#options = options;
    this.#leg = leg;
    this.#follow(leg);
    this.#wasHeld = leg.isHeld;
  }

  get id(): string {
    return this.#leg.id;
  }
  get direction(): Leg['direction'] {
    return this.#leg.direction;
  }
  get carrier(): Leg['carrier'] {
    return this.#leg.carrier;
  }
  get transport(): Leg['transport'] {
    return this.#leg.transport;
  }
  get carrierCallId(): string {
    return this.#leg.carrierCallId;
  }
  get dialled(): string {
    return this.#leg.dialled;
  }
  get customer(): Leg['customer'] {
    return this.#leg.customer;
  }
  get headers(): Leg['headers'] {
    return this.#leg.headers;
  }
  get source(): Leg['source'] {
    return this.#leg.source;
  }
  get media(): Leg['media'] {
    return this.#leg.media;
  }
  get maxForwards(): number {
    return this.#leg.maxForwards;
  }
  get end(): LegEnd | undefined {
    return this.#end;
  }
  get isHeld(): boolean {
    return this.#isMoving || this.#leg.isHeld;
  }
  get refer(): Leg['refer'] {
    return this.#leg.refer?.bind(this.#leg);
  }

  /** Whether somebody else is being brought to the line. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  ring(): void {
    this.#leg.ring();
  }

  openEarlyMedia(): boolean {
    return this.#leg.openEarlyMedia();
  }

  answer(): Promise<void> {
    return this.#leg.answer();
  }

  reject(status: number, reason?: string, retryAfterSeconds?: number): void {
    this.#leg.reject(status, reason, retryAfterSeconds);
  }

  giveUpMedia(): void {
    this.#leg.giveUpMedia();
  }

  async hangup(): Promise<void> {
    const leaving = [...this.#leaving.keys()];
    this.#finish({ by: 'us' });
    await Promise.all([this.#next?.hangup(), ...leaving.map((leg) => this.#letGo(leg)), this.#leg.hangup()]);
  }

  /**
   * Puts whom `dial` reaches in the place of the far end; where nobody is reached the line stays as it was, or ends if its far
   * end has left meanwhile. `dial` has to place the leg through this line's media. @throws {DialError}
   */
  async moveTo(dial: () => Promise<OutboundLeg>): Promise<void> {
    await this.#move(async () => {
      const next = await dial();
      this.#next = next;
      if (this.#end) await next.hangup();
      await next.answered;
      return next;
    });
  }

  async #takeOver(by: Leg): Promise<void> {
    const { mayBeTakenOver, onTakenOver, logger } = this.#options;
    if (this.#end || this.#isMoving || !mayBeTakenOver()) {
      by.reject(603);
      return;
    }
    try {
      await this.#move(async () => {
        await by.answer();
        return by;
      });
      onTakenOver(by);
    } catch (error) {
      logger.warn({ err: error }, 'a call was not taken over');
    }
  }

  /** @throws what `reach` throws, and {@link DialError} where the line has ended meanwhile */
  async #move(reach: () => Promise<Leg>): Promise<void> {
    this.#isMoving = true;
    this.#tellHeld();
    try {
      const next = await reach();
      if (this.#end) {
        await next.hangup();
        throw new DialError('cancelled', 'the call has ended');
      }
      this.#switchTo(next);
    } finally {
      this.#isMoving = false;
      this.#next = undefined;
      if (this.#leg.end) this.#finish(this.#leg.end);
      this.#tellHeld();
    }
  }

  #switchTo(next: Leg): void {
    const left = this.#leg;
    for (const release of this.#releases.splice(0)) release();
    delete left.onTransferRequest;
    delete left.onTakenOver;
    left.giveUpMedia();
    this.#leg = next;
    this.#follow(next);
    this.#letLeave(left);
  }

  #follow(leg: Leg): void {
    const { onTransferRequest } = this.#options;
    leg.onTransferRequest = (request) => onTransferRequest(request, this);
    leg.onTakenOver = (by) => void this.#takeOver(by);
    this.#releases = [
      leg.ended.on((end) => {
        if (!this.#isMoving) this.#finish(end);
      }),
      leg.held.on(() => this.#tellHeld()),
      leg.dtmf.on((key) => this.dtmf.emit(key)),
    ];
    if (leg.end) this.#finish(leg.end);
  }

  /** Whoever was replaced has asked for it, and hangs up; we do where he does not. */
  #letLeave(left: Leg): void {
    const timer = this.#options.clock.setTimeout(() => void this.#letGo(left), LEAVE_GRACE_MS);
    this.#leaving.set(left, timer);
    if (left.end) void this.#letGo(left);
    else left.ended.on(() => void this.#letGo(left));
  }

  async #letGo(left: Leg): Promise<void> {
    this.#options.clock.clearTimeout(this.#leaving.get(left));
    if (!this.#leaving.delete(left)) return;
    try {
      await left.hangup();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a leg that was replaced could not be hung up');
    }
  }

  #tellHeld(): void {
    if (this.#wasHeld === this.isHeld) return;
    this.#wasHeld = this.isHeld;
    this.held.emit(this.isHeld);
  }

  #finish(end: LegEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.ended.emit(end);
  }
}
