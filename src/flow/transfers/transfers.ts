import type { Agent } from '../../domain/agents/agent.ts';
import type { CallMessage, Transfer } from '../../domain/calls/call.ts';
import { transcriptOf } from '../../domain/calls/transcript.ts';
import type { CustomMessage, TransferDestination } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { synthesisOptionsOf } from '../../voice/engine/agent-settings.ts';
import type { ConversationEvent } from '../../voice/engine/conversation.ts';
import type { HoldAudio } from '../../voice/hold-audio/hold-audio.ts';
import { renderTemplate } from '../../voice/llm/template.ts';
import type { CallActions } from '../../voice/tools/contract.ts';
import { DialError, type Dialer, type DialJudge, type OutboundLeg } from '../dialer.ts';
import type { Leg } from '../leg.ts';
import { announce, playOut } from '../session/announce.ts';
import { templateVariables } from '../session/call-facts.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallStory } from '../session/call-story.ts';
import type { VoiceFactory } from '../session/voice-parts.ts';
import { Attempt, type AttemptEnd, type Verdict } from './attempt.ts';
import { type BriefingScene, brief } from './briefing.ts';
import { localisedWords } from './localised-words.ts';
import { MovableLeg } from './movable-leg.ts';
import { languageIn, operatorWords, type WordsScene } from './operator-words.ts';
import { peerTransfer } from './peer-transfer.ts';
import { equippedFor, screen, transferAssistantOf } from './screening.ts';
import { SUMMARY_HEADER, summaryHeaderValue } from './summary-header.ts';
import { type TransferEntry, TransferLog } from './transfer-log.ts';
import { parseTwiml, type TwimlVerb } from './twiml.ts';
import { isBlind, verbFor, wayOf } from './way-of-transfer.ts';

/** How long a destination may ring unless its plan says otherwise (the vendor's `dialTimeout`). */
const DIAL_TIMEOUT_MS = 60_000;

export interface TransfersOptions {
  /** The caller's. */
  leg: Leg;
  /** Whether the caller's own exchange may move him now. */
  mayMoveCaller(): boolean;
  story: CallStory;
  recorder: CallRecorder;
  dialer: Dialer & DialJudge;
  voice: VoiceFactory;
  /** Customers' sound files. */
  audio: HoldAudio;
  /** What a transfer assistant's tools may ask of customers' servers. */
  actions(): CallActions;
  clock: Clock;
  logger: Logger;
}

/** What is known of one attempt while it is made. */
interface Scene extends WordsScene {
  destination: TransferDestination;
  entry: TransferEntry;
  words: Promise<string | undefined>;
  twiml: readonly TwimlVerb[];
}

/** Brings the caller of one call to somebody else, one attempt at a time. */
export class Transfers {
  /** The caller's line, whoever is at its other end. */
  readonly line: MovableLeg;
  readonly #options: TransfersOptions;
  readonly #log: TransferLog;
  #attempt: Attempt | undefined;
  #isMovedByPeer = false;

  constructor(options: TransfersOptions) {
    this.line = this.#lineOf(options, options.leg, options.mayMoveCaller);
    this.#options = { ...options, leg: this.line };
    this.#log = new TransferLog(options);
  }

  /** Whether the caller's own exchange is bringing him away: that he leaves is what was wanted. */
  get isFollowing(): boolean {
    return this.#attempt?.isFollowing ?? false;
  }

  /** All attempts, for the record of the call's end. */
  closed(): Transfer[] {
    return this.#log.closed();
  }

  /** With what words are found for the caller or the operator, in the language of the call. */
  wordsScene(signal: AbortSignal): WordsScene {
    const { recorder, story, clock } = this.#options;
    return {
      agent: story.agent,
      messages: story.inOrder(),
      parts: this.#parts(story.agent),
      variables: templateVariables(recorder.call, story.number),
      clock,
      signal,
      warn: (message) => recorder.record('agent.warned', { code: 'transfer', message }),
    };
  }

  /** A message in the language of the call, as it stands: its templates are the caller's to fill. */
  localised(message: CustomMessage, signal: AbortSignal): Promise<string> {
    const scene = this.wordsScene(signal);
    return localisedWords(message, languageIn(scene.agent), { ...scene, ...scene.parts });
  }

  /**
   * Reaches the first of these who takes the call, each in his turn, until `signal` says that the caller has left.
   * @param isAnswered whether the caller is. @param agentStays so that nobody else may connect the two. Never rejects.
   */
  async reach(
    destinations: readonly [TransferDestination, ...TransferDestination[]],
    by: Transfer['by'],
    { signal, ...state }: { signal: AbortSignal; isAnswered: boolean; agentStays?: boolean },
  ): Promise<AttemptEnd> {
    const [first, ...others] = destinations;
    let end = await this.#try(first, by, signal, state);
    for (const next of others) {
      if (end.kind !== 'missed' || signal.aborted) return end;
      end = await this.#try(next, by, signal, state);
    }
    return end;
  }

  /** Whether one of the far ends is being replaced at its own wish. */
  get isMovedByPeer(): boolean {
    return this.#isMovedByPeer;
  }

  /** A line whose far end may move the call while `mayMove`, and nobody else does. */
  movable(leg: Leg, mayMove: () => boolean): MovableLeg {
    return this.#lineOf(this.#options, leg, mayMove);
  }

  #lineOf(
    { recorder, story, dialer, clock, logger }: TransfersOptions,
    leg: Leg,
    mayMove: () => boolean,
  ): MovableLeg {
    const isFree = () => !this.#attempt && !this.#isMovedByPeer && mayMove();
    return new MovableLeg(leg, {
      onTransferRequest: async (request, line) => {
        if (!isFree()) return request.reject(603);
        this.#isMovedByPeer = true;
        const begin = this.#log.begin.bind(this.#log);
        await peerTransfer(request, { line, recorder, story, dialer, begin });
        this.#isMovedByPeer = false;
      },
      mayBeTakenOver: isFree,
      onTakenOver: ({ source }) => recorder.record('transfer.taken-over', { source: source.address }),
      clock,
      logger,
    });
  }

  async #try(
    destination: TransferDestination,
    by: Transfer['by'],
    signal: AbortSignal,
    { isAnswered, agentStays = false }: { isAnswered: boolean; agentStays?: boolean },
  ): Promise<AttemptEnd> {
    const { leg } = this.#options;
    const canRefer = leg.refer !== undefined;
    const verb = agentStays ? 'dial' : verbFor(destination, { canRefer, isAnswered });
    const entry = this.#log.begin({ destination, by, verb });
    const end = await this.#run(destination, entry, verb, signal);
    entry.ended(end.kind === 'reached' && agentStays ? { kind: 'joined' } : end);
    return end;
  }

  async #run(
    destination: TransferDestination,
    entry: TransferEntry,
    verb: 'refer' | 'dial' | 'bye',
    signal: AbortSignal,
  ): Promise<AttemptEnd> {
    const over = new AbortController();
    try {
      const scene = await this.#sceneOf(destination, entry, AbortSignal.any([signal, over.signal]));
      const attempt = new Attempt({
        refer: () => this.#refer(scene),
        dial: () => this.#dial(scene),
        brief: (operator, until) => this.#brief(scene, operator, until),
        hangUp: (operator) => this.#hangUp(operator),
        onAnswered: () => entry.answered(),
        onReferRefused: (reason) => entry.becameDial(reason),
      });
      this.#attempt = attempt;
      return await attempt.run(verb, signal);
    } catch (error) {
      // A document or a summary that cannot be had: nobody was called.
      const detail = error instanceof Error ? error.message : String(error);
      return { kind: 'missed', miss: { outcome: 'failed', detail } };
    } finally {
      this.#attempt = undefined;
      over.abort();
    }
  }

  /** Begins what takes time before anybody is called: the summary is made while it rings. @throws {TwimlError} */
  async #sceneOf(
    destination: TransferDestination,
    entry: TransferEntry,
    signal: AbortSignal,
  ): Promise<Scene> {
    const base = this.wordsScene(signal);
    const { variables, warn } = base;
    const { twiml } = destination.transferPlan ?? {};
    const usesTwiml = wayOf(destination).steps.includes('twiml');
    const document = usesTwiml && twiml !== undefined ? await renderTemplate(twiml, variables, warn) : '';
    const words = operatorWords(destination, base);
    words.catch((error) => warn(String(error)));
    return { ...base, destination, entry, words, twiml: parseTwiml(document) };
  }

  async #dial({ destination, words, variables, entry }: Scene): Promise<OutboundLeg> {
    const { dialer, recorder, story, leg } = this.#options;
    const { dialTimeoutSeconds } = destination.transferPlan ?? {};
    const callerId = await renderTemplate(destination.callerId ?? '', variables);
    return dialer.dial({
      call: recorder.call,
      number: story.number,
      destination,
      ...(callerId !== '' && { callerId }),
      headers: await this.#summaryHeader(destination, words, entry),
      maxForwards: leg.maxForwards,
      near: leg.media,
      timeoutMs: dialTimeoutSeconds === undefined ? DIAL_TIMEOUT_MS : dialTimeoutSeconds * 1000,
    });
  }

  async #refer({ destination, words, entry }: Scene) {
    const { leg, dialer, recorder, story } = this.#options;
    if (!leg.refer) throw new DialError('failed', 'the caller cannot be referred');
    // Whoever dials for us dials at our wish: the same policy judges it.
    await dialer.judgeReferral({ orgId: recorder.call.orgId, number: story.number, destination });
    return leg.refer({ destination, headers: await this.#summaryHeader(destination, words, entry) });
  }

  async #summaryHeader(
    destination: TransferDestination,
    words: Promise<string | undefined>,
    entry: TransferEntry,
  ): Promise<Record<string, string>> {
    if (!isBlind(destination)) return {};
    const summary = await words;
    if (summary === undefined) return {};
    entry.told({ transcript: summary });
    return { [SUMMARY_HEADER]: summaryHeaderValue(summary) };
  }

  #brief(scene: Scene, operator: OutboundLeg, signal: AbortSignal): Promise<Verdict> {
    const { clock, audio } = this.#options;
    const { destination, agent, words, twiml, entry, warn } = scene;
    const { media } = operator;
    const { synthesizer, transcriber, vad } = this.#parts(agent);
    const lines: string[] = [];
    const say: BriefingScene['say'] = async (text, language) => {
      lines.push(text);
      entry.told({ transcript: lines.join('\n') });
      const own = agent ? synthesisOptionsOf(agent) : { language: 'en', speed: 1, settings: {} };
      await announce(text, { media, synthesizer, signal, voice: { ...own, ...(language && { language }) } });
    };
    return brief({
      destination,
      media,
      vad,
      transcriber,
      language: languageIn(agent),
      warn,
      clock,
      signal,
      words,
      twiml,
      say,
      async play(url) {
        try {
          await playOut([await audio.load(url)], media, signal);
        } catch (error) {
          warn(`${url} could not be played: ${error instanceof Error ? error.message : String(error)}`);
        }
      },
      screen: () => this.#screen({ ...scene, signal }, operator, say),
    });
  }

  /** A transfer assistant talks to the operator, or he is told the message or summary at once. */
  async #screen(scene: Scene, operator: OutboundLeg, say: BriefingScene['say']): Promise<Verdict> {
    const { destination, agent, entry, signal } = scene;
    const { transferAssistant, contextEngineeringPlan } = destination.transferPlan ?? {};
    const words = await scene.words;
    if (!transferAssistant) {
      if (words !== undefined && !signal.aborted) await say(words);
      return { taken: true };
    }
    const assistant = transferAssistantOf(transferAssistant, agent);
    const voice = this.#parts(assistant);
    const context = {
      plan: contextEngineeringPlan ?? { type: 'all' as const },
      messages: scene.messages,
      words,
    };
    const said: CallMessage[] = [];
    return screen({
      ...scene,
      assistant: { ...assistant, brain: equippedFor(voice.brainSettings, context) },
      media: operator.media,
      voice,
      actions: this.#actionsOfAssistant(),
      clock: this.#options.clock,
      logger: this.#options.logger,
      onEvent: (event: ConversationEvent) => {
        if (event.type === 'warning') scene.warn(`${event.code}: ${event.message}`);
        if (event.type !== 'message') return;
        said.push(event.message);
        entry.told({ messages: [...said], transcript: transcriptOf(said) });
      },
    });
  }

  /** A transfer assistant asks servers as any agent does, but moves nobody: it has two tools for that. */
  #actionsOfAssistant(): CallActions {
    return {
      ...this.#options.actions(),
      moveTo: async () => ({ moved: false, error: 'A transfer is under way already.' }),
      holdCaller: async () => undefined,
      // The call that it ends is the operator's.
      delegateHangUp: () => false,
      callerWaits: () => false,
    };
  }

  #parts(agent: Agent | undefined) {
    const { voice, recorder } = this.#options;
    return voice(agent, (warning) => recorder.record('agent.warned', warning));
  }

  #hangUp(operator: OutboundLeg): void {
    operator.hangup().catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'an operator could not be hung up');
    });
  }
}
