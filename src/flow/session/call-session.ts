import type { AgentDestination } from '../../domain/agents/agent.ts';
import { AGENT_DEFAULTS } from '../../domain/agents/agent-defaults.ts';
import { keepsNothing } from '../../domain/agents/confidential.ts';
import type { Call, CallStatus, Transfer } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { Timer } from '../../lib/clock.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { MediaSession, MediaTap } from '../../media/media-session.ts';
import type { Conversation } from '../../voice/engine/conversation.ts';
import type { CallActions, MoveManner, MoveResult } from '../../voice/tools/contract.ts';
import type { OutboundLeg } from '../dialer.ts';
import type { LegEnd } from '../leg.ts';
import type { Cast } from '../routing/cast.ts';
import type { Route, TransferRoute } from '../routing/route.ts';
import { type Bridge, type BridgeEnd, bridge } from '../transfers/bridge.ts';
import { CallerMove } from '../transfers/caller-move.ts';
import { Conference } from '../transfers/conference.ts';
import { connectRinging } from '../transfers/connect-ringing.ts';
import type { MovableLeg } from '../transfers/movable-leg.ts';
import { Transfers } from '../transfers/transfers.ts';
import { AgentVoice } from './agent-voice.ts';
import { announce } from './announce.ts';
import { callActions } from './call-actions.ts';
import type { CallSessionOptions } from './call-session-options.ts';
import { closeRecord } from './close-record.ts';
import type { HeardWords } from './conversation-scribe.ts';
import { HoldMusic } from './hold-music.ts';
import { createHoldSound } from './hold-sound.ts';
import { legEndReason, setupFailure } from './leg-end-reason.ts';
import { LineWatch } from './line-watch.ts';
import { measureLine } from './measure-line.ts';
import { APOLOGY, FAREWELL } from './sentences.ts';
import { WaitingSound } from './waiting-sound.ts';

/** How long a farewell may take when the exchange itself ends the call. */
const FAREWELL_LIMIT_MS = 5_000;

/** One call while it is up: follows its route, joins the leg and whoever talks to it, and is the only place that ends it. */
export class CallSession {
  /** Milliseconds from the caller's last word to the agent's first packet, per turn. */
  readonly turns = new Emitter<number>();
  /** What the far end says to an agent. */
  readonly heard = new Emitter<HeardWords>();
  readonly voice: AgentVoice;
  readonly #options: CallSessionOptions;
  readonly #over = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly #sound: WaitingSound;
  readonly #music: HoldMusic;
  readonly #transfers: Transfers;
  readonly #move: CallerMove;
  readonly #conference: Conference;
  readonly #watch: LineWatch;
  readonly #actions: CallActions;
  #state: 'ringing' | 'up' | 'ending' = 'ringing';
  #maxDuration: Timer | undefined;
  #recorded = false;
  #bridged: { bridge: Bridge; operator: MovableLeg; reason: EndReason } | undefined;

  constructor(given: CallSessionOptions) {
    const { holdSound, clock } = given;
    this.#transfers = new Transfers({
      ...given,
      actions: () => this.#actions,
      mayMoveCaller: () => this.#state === 'up' && !this.#move.isMoving,
    });
    const leg = this.#transfers.line;
    const options = { ...given, leg };
    this.#options = options;
    this.#sound = new WaitingSound(leg, holdSound, clock);
    this.#music = new HoldMusic(leg, clock);
    this.#conference = new Conference({
      ...options,
      music: this.#music,
      talkTo: (media) => {
        this.voice.talkTo(media);
        this.#holdVoice();
      },
      tell: (content) => this.voice.conversation?.addMessage({ role: 'system', content }, true),
    });
    this.#move = new CallerMove({
      transfers: this.#transfers,
      media: () => leg.media,
      audio: options.audio,
      clock,
      signal: this.#over.signal,
      refusal: (to, agentStays) => this.#whyUnmoved() ?? this.#conference.refusal(to, agentStays),
      hasCompany: () => this.#conference.isUp,
      hold: (held) => this.#holdForMove(held),
      join: (operator) => {
        // The agent's turn waits for this result, and its voice can be closed only after that turn.
        this.#background(this.voice.close());
        this.#join(operator, 'assistant-forwarded-call');
      },
      confer: (operator, called, waits) => this.#conference[waits ? 'brief' : 'join'](operator, called),
      leave: (detail) => void this.end('assistant-forwarded-call', detail),
      wordsScene: () => this.#transfers.wordsScene(this.#over.signal),
    });
    this.#watch = new LineWatch({
      ...options,
      onDead: (reason, message) => void this.end(reason, message),
      onHeld: () => this.#holdVoice(),
    });
    this.#actions = callActions({
      ...given,
      current: () => this.voice.cast,
      transfer: (destination, manner) => this.transfer(destination, 'agent', manner),
      localised: (message) => this.#transfers.localised(message, this.#over.signal),
      holdCaller: (held) => this.#holdCaller(held),
      callerWaits: () => this.#conference.callerWaits,
      handOver: (to, mode, toolCallId) => this.#background(this.#handOver(to, mode, toolCallId)),
    });
    const on = {
      heard: (words: HeardWords) => this.heard.emit(words),
      latency: (ms: number) => this.turns.emit(ms),
      // Where a failed transfer ends the call, that is why, and not that the agent says goodbye.
      end: (reason: EndReason) => void this.end(this.#move.failure ?? reason),
    };
    this.voice = new AgentVoice({ ...options, actions: this.#actions, on, signal: this.#over.signal });
  }

  get call(): Call {
    return this.#options.recorder.call;
  }

  /** Who speaks with the caller now; nobody before the answer, nor while somebody else has the caller. */
  get conversation(): Conversation | undefined {
    return this.#state === 'up' && !this.#bridged ? this.voice.conversation : undefined;
  }

  /** Listens to both sides of the caller's line. */
  tap(): MediaTap {
    return this.#options.leg.media.tap();
  }

  /** Dials and bridges, or lets another agent take over; nothing is spoken. Never rejects. */
  moveTo(destination: TransferDestination | AgentDestination): Promise<MoveResult> {
    return destination.type === 'agent'
      ? this.#actions.moveTo(destination)
      : this.#move.move([destination], 'control');
  }

  /** Rings, finds the call's way and follows it; resolves when the call has ended and its end is stored. */
  async run(findRoute: (signal: AbortSignal) => Promise<Route>): Promise<void> {
    const { leg, logger } = this.#options;
    leg.ended.on((end) => this.#onLegEnded(end));
    const rungAt = this.#options.clock.now();
    try {
      // The caller may have given up before anybody listened.
      if (leg.end) this.#onLegEnded(leg.end);
      else await this.#sound.start();
      const route = await findRoute(this.#over.signal);
      await this.#follow(route, rungAt);
    } catch (error) {
      if (this.#state !== 'ending') {
        logger.warn({ callId: this.call.id, err: error }, 'the call could not be set up');
        const reason =
          this.#state === 'ringing'
            ? setupFailure(leg.direction)
            : 'call.in-progress.error-vapifault-worker-not-available';
        void this.end(reason, error instanceof Error ? error.message : String(error));
      }
    }
    await this.#done.promise;
  }

  /** The exchange goes down: says farewell and ends the call. */
  async shutDown(): Promise<void> {
    const { clock } = this.#options;
    if (this.#state === 'up' && !this.#bridged) {
      const { conversation } = this.voice;
      const farewell = conversation ? conversation.say(FAREWELL) : this.#announce(FAREWELL);
      const limit = new Promise<void>((resolve) => clock.setTimeout(resolve, FAREWELL_LIMIT_MS));
      await Promise.race([farewell, limit, this.#done.promise]);
    }
    void this.end('worker-shutdown', 'the exchange was shut down');
    await this.#done.promise;
  }

  /** Brings an answered caller to somebody else: dials, and joins the two once the far end has answered. Never rejects. */
  transfer(destination: TransferDestination, by: Transfer['by'], manner?: MoveManner): Promise<MoveResult> {
    return this.#move.move([destination], by, manner);
  }

  /** Ends the call, once, whoever asks first: voice, legs, recording, record. */
  async end(reason: EndReason, message?: string): Promise<void> {
    if (this.#state === 'ending') return;
    const wasUp = this.#state === 'up';
    this.#state = 'ending';
    const { leg, clock, recorder, story, recording } = this.#options;
    const endedAt = clock.now();
    clock.clearTimeout(this.#maxDuration);
    this.#over.abort();
    await this.#attempt('stop the hold sound', () => Promise.all([this.#sound.stop(), this.#music.stop()]));
    this.#bridged?.bridge.close();
    await this.#attempt('close the conversation', () => this.voice.close());
    const file = this.#recorded ? recording.file : undefined;
    const measured = wasUp
      ? await this.#attempt('measure the line', () => measureLine(leg, recorder, file))
      : undefined;
    const operators = () => Promise.all([this.#bridged?.operator.hangup(), this.#conference.close()]);
    await this.#attempt('hang up', () => Promise.all([leg.hangup(), operators()]));
    const transfers = this.#transfers.closed();
    await closeRecord(recorder, story, { reason, message, endedAt, measured, transfers });
    this.#done.resolve();
  }

  async #follow(first: Route, rungAt: number): Promise<void> {
    let route: Route | undefined = first;
    while (route && this.#state !== 'ending') {
      const { kind: to, why } = route;
      const failure = 'failure' in route ? route.failure : undefined;
      const change = failure && ((call: Call) => ({ ...call, routingFailure: failure }));
      this.#options.recorder.record('call.routed', { to, why }, change);
      route = await this.#take(route, rungAt);
    }
  }

  /** @returns where the call goes next, if this was not its end. */
  async #take(route: Route, rungAt: number): Promise<Route | undefined> {
    switch (route.kind) {
      case 'refuse':
        this.#options.leg.reject(route.status);
        await this.end(route.reason, route.why);
        return undefined;
      case 'say':
      case 'apologise':
        if (!(await this.#answer('in-progress', rungAt))) return undefined;
        await this.#announce(route.kind === 'say' ? route.sentence : APOLOGY);
        await this.end(route.reason, route.why);
        return undefined;
      case 'agent':
        await this.#letSpeak(route.cast, rungAt);
        return undefined;
      case 'transfer':
        return this.#connect(route, rungAt);
    }
  }

  /** An agent answers, once it is known what its prompt wants to know: until then it rings. */
  async #letSpeak(cast: Cast, rungAt: number): Promise<void> {
    const context = await this.voice.contextFor(cast);
    if (!(await this.#answer('in-progress', rungAt))) return;
    this.#startRecording(cast);
    this.#limitDuration(cast);
    await this.voice.begin(cast, { context });
  }

  async #connect(route: TransferRoute, rungAt: number): Promise<Route | undefined> {
    // Whoever is dialled may answer.
    await this.#options.recorder.opened;
    if (this.#over.signal.aborted) return undefined;
    return connectRinging(route, {
      transfers: this.#transfers,
      sound: this.#sound,
      signal: this.#over.signal,
      announce: (sentence) => this.#announce(sentence),
      answer: () => this.#answer('forwarding', rungAt),
      join: (operator, reason) => this.#join(operator, reason),
      end: (reason, detail) => this.end(reason, detail),
    });
  }

  #whyUnmoved(): string | undefined {
    const isHere = this.#state === 'up' && !this.#bridged && !this.#transfers.isMovedByPeer;
    return isHere ? undefined : 'The caller is not here.';
  }

  #join(reached: OutboundLeg, reason: EndReason): void {
    const operator = this.#transfers.movable(reached, () => this.#state === 'up');
    const { leg, clock } = this.#options;
    clock.clearTimeout(this.#maxDuration);
    const holdSound = (line: MediaSession) => createHoldSound('music', line, clock);
    const joined = bridge(leg, operator, { holdSound });
    this.#bridged = { bridge: joined, operator, reason };
    const over = ({ end }: BridgeEnd) => void this.end(reason, end.detail);
    if (joined.end) over(joined.end);
    else joined.ended.on(over);
  }

  /** @returns whether the call is up now; not so when the caller has left. */
  async #answer(status: CallStatus, rungAt: number): Promise<boolean> {
    const { leg, recorder, clock } = this.#options;
    if (this.#state !== 'ringing') return this.#state === 'up';
    await this.#sound.ringUntil(rungAt + this.#options.ringDelayMs, this.#over.signal);
    // An answered call has a record, also where the process is killed in the next instant: until then it rings.
    await recorder.opened;
    if (this.#over.signal.aborted) return false;
    await this.#sound.stop();
    await leg.answer();
    if (this.#over.signal.aborted) return false;
    this.#state = 'up';
    const answeredAt = clock.now();
    const notices = status === 'in-progress' ? [{ type: 'status-changed' as const }] : [];
    recorder.record('call.answered', {}, (call) => ({ ...call, status, answeredAt }), ...notices);
    this.#watch.start();
    return true;
  }

  async #handOver(to: Cast, mode: Parameters<AgentVoice['handOver']>[1], toolCallId?: string): Promise<void> {
    try {
      await this.voice.handOver(to, mode, toolCallId);
      // The caller may have left meanwhile, or somebody else may have him.
      if (this.#state === 'up' && !this.#bridged) this.#limitDuration(to);
    } catch (error) {
      // The agent that was speaking has left: nobody would say another word.
      const message = `the next agent could not begin: ${error instanceof Error ? error.message : error}`;
      await this.end('call.in-progress.error-vapifault-worker-not-available', message);
    }
  }

  async #holdCaller(held: boolean): Promise<void> {
    if (this.#conference.callerWaits) {
      if (held) await this.#attempt('take the caller off hold', () => this.#conference.admit());
    } else if (!held) await this.#attempt('stop the music', () => this.#music.stop());
    else if (this.#state === 'up' && !this.#bridged && !this.#move.isMoving) this.#music.start();
  }

  /**
   * The caller's hold and his move each begin and end by themselves: the agent rests as long as one of them lasts. The hold of
   * a caller who waits for whoever was called in is none of an agent's that talks to that one.
   */
  #holdVoice(): void {
    const hasLeft = this.#options.leg.isHeld && !this.#conference.callerWaits;
    this.voice.hold(hasLeft || this.#move.isMoving);
  }

  /** Who waits for somebody else is not heard by the agent, and hears none of its music. */
  async #holdForMove(held: boolean): Promise<void> {
    this.#holdVoice();
    if (held) await this.#attempt('stop the music', () => this.#music.stop());
  }

  #limitDuration({ agent }: Cast): void {
    const { clock, recorder } = this.#options;
    clock.clearTimeout(this.#maxDuration);
    const seconds = agent.maxDurationSeconds ?? AGENT_DEFAULTS.maxDurationSeconds;
    const leftMs = (recorder.call.answeredAt ?? clock.now()) + seconds * 1000 - clock.now();
    this.#maxDuration = clock.setTimeout(() => void this.end('exceeded-max-duration'), Math.max(0, leftMs));
  }

  #startRecording({ agent }: Cast): void {
    const { leg, recording, recorder } = this.#options;
    if (agent.recordingEnabled === false || recorder.call.hipaaCompliant || keepsNothing(agent)) return;
    this.#recorded = true;
    leg.media.startRecording(recording.path);
    recorder.record('recording.started', { file: recording.file });
  }

  /** A sentence of the exchange's own; a voice that fails is told in the log and the call goes on. */
  async #announce(sentence: string): Promise<void> {
    const { leg, voice, recorder } = this.#options;
    const warn = (warning: { code: string; message: string }) => recorder.record('agent.warned', warning);
    await this.#attempt(`say ${JSON.stringify(sentence)}`, () => {
      const { synthesizer } = voice(undefined, warn);
      return announce(sentence, { media: leg.media, synthesizer, signal: this.#over.signal });
    });
  }

  #onLegEnded(end: LegEnd): void {
    const detail = end.detail ?? (end.code ? `SIP ${end.code}` : undefined);
    if (this.#bridged || this.#transfers.isFollowing) {
      void this.end(this.#bridged?.reason ?? 'assistant-forwarded-call', detail);
      return;
    }
    const reason = legEndReason(this.#options.leg.direction, end, this.#state === 'ringing');
    if (reason) void this.end(reason, reason === 'customer-ended-call' ? undefined : detail);
  }

  #background(work: Promise<unknown>): void {
    void this.#attempt('finish what was under way', () => work);
  }

  /** One step whose failure is told, and after which the others are taken all the same. */
  async #attempt<T>(what: string, step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      const { logger } = this.#options;
      logger.error({ callId: this.call.id, err: error }, `the call could not ${what}`);
      return undefined;
    }
  }
}
