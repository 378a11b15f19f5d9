import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import type { Call, CallMessage, MediaStats, TurnLatency } from '../../domain/calls/call.ts';
import { blameOf, type EndReason } from '../../domain/calls/end-reason.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Logger } from '../../lib/logger.ts';
import type { RtpStats } from '../../media/media-session.ts';
import type { Conversation, ConversationEvent } from '../../voice/engine/conversation.ts';
import type { Leg, LegEnd } from '../leg.ts';
import { announce } from './announce.ts';
import type { CallRecorder } from './call-recorder.ts';
import type { VoiceParts } from './voice-parts.ts';

/** Without a packet from the caller for this long after the answer, the line is taken as dead. */
const NO_MEDIA_AT_START_MS = 30_000;
/** The same once packets have come; a caller on hold is exempt. */
const NO_MEDIA_LATER_MS = 15_000;
/** How long a farewell may take when the exchange itself ends the call. */
const FAREWELL_LIMIT_MS = 5_000;

const FAREWELL = 'I am sorry, this call has to end now. Goodbye.';
/** Spoken when nobody can answer; it tells the caller nothing of the cause. */
const APOLOGY = 'I am sorry, nobody can take your call at the moment. Please try again later. Goodbye.';

export interface CallSessionOptions {
  leg: Leg;
  recorder: CallRecorder;
  parts: VoiceParts;
  /** Unset where nobody answers: the apology is spoken and the call ends with `apologyReason`. */
  conversation: Conversation | undefined;
  apologyReason?: EndReason;
  /** Absolute path of the WAV to write; unset where the call is not recorded. */
  recording?: { path: string; file: string };
  ringDelayMs: number;
  clock: Clock;
  logger: Logger;
}

/** One call while it is up: joins the leg and the agent's voice, and is the only place that ends it. */
export class CallSession {
  readonly ended = new Emitter<Call>();
  readonly turns = new Emitter<number>();
  readonly #options: CallSessionOptions;
  readonly #announcing = new AbortController();
  readonly #messages: CallMessage[] = [];
  readonly #latencies: TurnLatency[] = [];
  readonly #done = Promise.withResolvers<void>();
  #state: 'ringing' | 'up' | 'ending' = 'ringing';
  #maxDuration: Timer | undefined;
  #heldSince: number | undefined;
  #heard = false;

  constructor(options: CallSessionOptions) {
    this.#options = options;
    const { leg, conversation } = options;
    leg.ended.on((end) => this.#onLegEnded(end));
    leg.held.on((held) => this.#onHeld(held));
    conversation?.events.on((event) => this.#onConversation(event));
  }

  get call(): Call {
    return this.#options.recorder.call;
  }

  /** Rings, answers and runs the call; resolves when it has ended and its end is stored. */
  async run(): Promise<void> {
    const { leg, logger } = this.#options;
    try {
      // The caller may have given up while the call was being routed.
      if (leg.end) this.#onLegEnded(leg.end);
      leg.ring();
      await this.#ringDelay();
      if (this.#state === 'ringing') await this.#answer();
    } catch (error) {
      if (this.#state !== 'ending') {
        logger.warn({ callId: this.call.id, err: error }, 'the call could not be set up');
        const reason = 'call.ringing.error-sip-inbound-call-failed-to-connect';
        void this.#end(reason, error instanceof Error ? error.message : String(error));
      }
    }
    await this.#done.promise;
  }

  /** The exchange goes down: says farewell and ends the call. */
  async shutDown(): Promise<void> {
    const { leg, parts, conversation, clock } = this.#options;
    if (this.#state === 'up') {
      const farewell = conversation
        ? conversation.say(FAREWELL)
        : announce(FAREWELL, {
            media: leg.media,
            synthesizer: parts.synthesizer,
            signal: this.#announcing.signal,
          });
      const limit = new Promise<void>((resolve) => clock.setTimeout(resolve, FAREWELL_LIMIT_MS));
      await Promise.race([farewell, limit, this.#done.promise]);
    }
    void this.#end('worker-shutdown', 'the exchange was shut down');
    await this.#done.promise;
  }

  /** Lets the call ring as long as it is to, or until the caller gives up. */
  async #ringDelay(): Promise<void> {
    const { ringDelayMs, clock } = this.#options;
    if (ringDelayMs === 0) return;
    const rung = Promise.withResolvers<void>();
    const timer = clock.setTimeout(rung.resolve, ringDelayMs);
    await Promise.race([rung.promise, this.#done.promise]);
    clock.clearTimeout(timer);
  }

  async #answer(): Promise<void> {
    const { leg, recorder, conversation } = this.#options;
    await leg.answer();
    if (this.#state !== 'ringing') return;
    this.#state = 'up';
    const answeredAt = this.#options.clock.now();
    recorder.record('call.answered', {}, (call) => ({ ...call, status: 'in-progress', answeredAt }));
    this.#startRecording();
    this.#watchMedia();
    if (conversation) await this.#converse(conversation);
    else await this.#apologise();
  }

  async #converse(conversation: Conversation): Promise<void> {
    const { clock, recorder, leg, parts } = this.#options;
    const seconds = recorder.call.agent?.maxDurationSeconds ?? AGENT_DEFAULTS.maxDurationSeconds;
    this.#maxDuration = clock.setTimeout(() => void this.#end('exceeded-max-duration'), seconds * 1000);
    for (const warning of parts.warnings) recorder.record('agent.warned', warning);
    leg.dtmf.on((key) => leg.media.dtmf.emit(key));
    leg.media.dtmf.on(({ digit, durationMs }) => recorder.record('dtmf.received', { digit, durationMs }));
    await conversation.start();
  }

  async #apologise(): Promise<void> {
    const { leg, parts, apologyReason, logger } = this.#options;
    try {
      const signal = this.#announcing.signal;
      await announce(APOLOGY, { media: leg.media, synthesizer: parts.synthesizer, signal });
    } catch (error) {
      logger.error({ callId: this.call.id, err: error }, 'the apology could not be spoken');
    }
    void this.#end(apologyReason ?? 'assistant-not-found');
  }

  #startRecording(): void {
    const { leg, recording, recorder } = this.#options;
    if (!recording) return;
    leg.media.startRecording(recording.path);
    recorder.record('recording.started', { file: recording.file });
  }

  #watchMedia(): void {
    const { leg, recorder, logger } = this.#options;
    const { media } = leg;
    const stop = media.audio.on(() => {
      this.#heard = true;
      stop();
    });
    media.failed.on(({ part, error }) => {
      if (part === 'recording') {
        // A full disk ends the recording, never the call; the timeline tells of it when the call ends.
        logger.error({ callId: this.call.id, error }, 'the recording ended early; the call goes on');
        return;
      }
      recorder.record('agent.warned', { code: 'media-failed', message: error });
      void this.#end('call.in-progress.error-vapifault-worker-died', error);
    });
    media.silence.on(({ sinceMs }) => {
      if (this.#heldSince !== undefined) return;
      const limitMs = this.#heard ? NO_MEDIA_LATER_MS : NO_MEDIA_AT_START_MS;
      if (sinceMs < limitMs) return;
      const message = `no audio came from the caller for ${Math.round(sinceMs / 1000)} s`;
      void this.#end('call.in-progress.error-assistant-did-not-receive-customer-audio', message);
    });
  }

  #onHeld(held: boolean): void {
    const { clock, recorder } = this.#options;
    if (held === (this.#heldSince !== undefined)) return;
    this.#heldSince = held ? clock.now() : undefined;
    this.#options.conversation?.hold(held);
    recorder.record(held ? 'call.held' : 'call.resumed', {});
  }

  #onLegEnded(end: LegEnd): void {
    const detail = end.detail ?? (end.code ? `SIP ${end.code}` : undefined);
    // A BYE on the heels of the ACK, or before it, comes while the answer is still awaited: the call was answered.
    if (end.by === 'peer' && !end.cancelled) void this.#end('customer-ended-call');
    else if (this.#state === 'ringing') {
      if (end.by === 'us') return;
      const reason = end.cancelled
        ? 'call.ringing.sip-inbound-caller-hungup-before-call-connect'
        : 'call.ringing.error-sip-inbound-call-failed-to-connect';
      void this.#end(reason, detail);
    } else if (end.by === 'failure')
      void this.#end('call.in-progress.error-sip-inbound-call-failed-to-connect', detail);
  }

  #onConversation(event: ConversationEvent): void {
    const { recorder } = this.#options;
    switch (event.type) {
      case 'message':
        this.#messages.push(event.message);
        recorder.record('message.added', event.message);
        break;
      case 'turn':
        this.#latencies.push(event.latency);
        recorder.record('turn.measured', event.latency);
        if (event.latency.rtpFirstPacketMs !== undefined) this.turns.emit(event.latency.rtpFirstPacketMs);
        break;
      case 'interrupted':
        recorder.record('speech.interrupted', { playedText: event.playedText });
        break;
      case 'warning':
        recorder.record('agent.warned', { code: event.code, message: event.message });
        break;
      case 'end':
        void this.#end(event.reason);
        break;
      case 'partial-transcript':
      case 'speech':
        break;
    }
  }

  /** Ends the call, once, whoever asks first: voice, leg, recording, record. */
  async #end(reason: EndReason, message?: string): Promise<void> {
    if (this.#state === 'ending') return;
    const wasUp = this.#state === 'up';
    this.#state = 'ending';
    const { leg, conversation, clock, recorder } = this.#options;
    const endedAt = clock.now();
    clock.clearTimeout(this.#maxDuration);
    this.#announcing.abort();
    await this.#attempt('close the conversation', async () => conversation?.close());
    const measured = wasUp ? await this.#attempt('measure the line', () => this.#measureMedia()) : undefined;
    await this.#attempt('hang up', () => leg.hangup());
    const blame = blameOf(reason);
    if (measured) recorder.record('media.measured', measured.media);
    await recorder.end({ reason, blame, ...(message && { message }) }, (call) => ({
      ...call,
      ...measured,
      status: 'ended',
      endedAt,
      endReason: reason,
      blame,
      messages: this.#messages.toSorted((a, b) => a.startedAt - b.startedAt),
      turns: this.#latencies,
      ...(message && { endMessage: message }),
    }));
    this.ended.emit(this.call);
    this.#done.resolve();
  }

  /** One step of the end: its failure is told, and the steps after it are taken all the same. */
  async #attempt<T>(what: string, step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      const { logger } = this.#options;
      logger.error({ callId: this.call.id, err: error }, `could not ${what} at the end of the call`);
      return undefined;
    }
  }

  /** The last figures of the line, and its recording. */
  async #measureMedia(): Promise<{ media: MediaStats; recording?: { file: string; durationMs: number } }> {
    const { leg, recording, recorder } = this.#options;
    const recorded = recording ? await leg.media.stopRecording() : undefined;
    if (recording && recorded) {
      const { error, durationMs } = recorded;
      if (error) recorder.record('recording.failed', { file: recording.file, error });
      else recorder.record('recording.finished', { file: recording.file, durationMs });
    }
    const media = toMediaStats(await leg.media.stats());
    if (!recording || !recorded || recorded.durationMs === 0) return { media };
    return { media, recording: { file: recording.file, durationMs: recorded.durationMs } };
  }
}

function toMediaStats(stats: RtpStats): MediaStats {
  const { duplicated: _duplicated, sendLatenessP99Ms: _lateness, ...media } = stats;
  return media;
}
