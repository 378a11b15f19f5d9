import { DialError, type OutboundLeg } from '../../src/flow/dialer.ts';
import type { Leg, LegEnd } from '../../src/flow/leg.ts';
import { Emitter } from '../../src/lib/emitter.ts';
import type { FakeClock } from '../../src/lib/fake-clock.ts';
import type { MediaBridge, MediaSession, RecordingResult, RtpStats } from '../../src/media/media-session.ts';
import { FakeLine } from './fake-voice.ts';

const STATS: RtpStats = {
  codec: 'PCMU',
  received: 1,
  lost: 0,
  late: 0,
  duplicated: 0,
  rejected: 0,
  sent: 1,
  jitterMs: 0,
  sendLatenessP99Ms: 0,
};

/** What goes wrong on a leg. */
export interface LegFaults {
  answer?: Error;
  hangup?: Error;
  stats?: Error;
}

/** A line that can also be measured, recorded, relayed to and bridged. */
export class FakeMedia extends FakeLine {
  readonly silence = new Emitter<{ sinceMs: number }>();
  readonly failed = new Emitter<{ part: 'media' | 'recording'; error: string }>();
  relayed = 0;
  /** Lines that it is bridged to now. */
  readonly bridgedTo = new Set<MediaSession>();
  recordingPath: string | undefined;
  readonly #faults: LegFaults;

  constructor(clock: FakeClock, faults: LegFaults) {
    super(clock);
    this.#faults = faults;
  }

  relay(): void {
    this.relayed += 1;
  }

  bridge(other: MediaSession): MediaBridge {
    this.bridgedTo.add(other);
    return { passKey: () => {}, close: () => this.bridgedTo.delete(other) };
  }

  startRecording(path: string): void {
    this.recordingPath = path;
  }

  async stopRecording(): Promise<RecordingResult> {
    return { durationMs: 1000, channels: ['received', 'sent'] };
  }

  async stats(): Promise<RtpStats> {
    if (this.#faults.stats) throw this.#faults.stats;
    return STATS;
  }
}

/** A caller's leg that a test plays, on a fake clock; everything asked of it stands in `log`. */
export class FakeLeg {
  readonly id = 'leg';
  readonly carrier = 'sip';
  readonly transport = 'sip';
  readonly carrierCallId = 'call-id';
  readonly dialled = 'desk';
  readonly customer = { number: '+14155550123' };
  readonly headers = {};
  readonly source = { address: '127.0.0.1', port: 5060 };
  readonly maxForwards = 70;
  readonly ended = new Emitter<LegEnd>();
  readonly held = new Emitter<boolean>();
  isHeld = false;
  readonly dtmf = new Emitter<{ digit: string; durationMs: number; at: number }>();
  readonly log: string[] = [];
  readonly line: FakeMedia;
  readonly direction: 'inbound' | 'outbound' = 'inbound';
  end: LegEnd | undefined;
  readonly #faults: LegFaults;

  constructor(clock: FakeClock, faults: LegFaults = {}) {
    this.#faults = faults;
    this.line = new FakeMedia(clock, faults);
    this.held.on((held) => {
      this.isHeld = held;
    });
  }

  get media(): MediaSession {
    return this.line as unknown as MediaSession;
  }

  ring(): void {
    this.log.push('ring');
  }

  openEarlyMedia(): boolean {
    this.log.push('early media');
    return true;
  }

  async answer(): Promise<void> {
    this.log.push('answer');
    if (this.#faults.answer) throw this.#faults.answer;
  }

  reject(status: number): void {
    this.log.push(`reject ${status}`);
  }

  async hangup(): Promise<void> {
    this.log.push('hangup');
    if (this.#faults.hangup) throw this.#faults.hangup;
  }

  /** The peer leaves. */
  leave(end: Partial<LegEnd> = {}): void {
    this.end = { by: 'peer', ...end };
    this.ended.emit(this.end);
  }

  giveUpMedia(): void {
    this.log.push('give up media');
  }

  asLeg(): Leg {
    return this as unknown as Leg;
  }
}

/** A leg that we place, whose far end a test plays. */
export class FakeOperator extends FakeLeg {
  override readonly direction = 'outbound';
  readonly #answered = Promise.withResolvers<void>();

  constructor(clock: FakeClock) {
    super(clock);
    this.#answered.promise.catch(() => {});
  }

  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  pickUp(): void {
    this.#answered.resolve();
  }

  refuse(error = new DialError('busy', 'SIP 486', 486)): void {
    this.#answered.reject(error);
  }

  override async hangup(): Promise<void> {
    this.#answered.reject(new DialError('cancelled', 'taken back'));
    await super.hangup();
  }

  asOutbound(): OutboundLeg {
    return this as unknown as OutboundLeg;
  }
}
