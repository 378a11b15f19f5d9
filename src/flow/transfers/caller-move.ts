import type { Agent } from '../../domain/agents/agent.ts';
import type { Transfer } from '../../domain/calls/call.ts';
import type { EndReason } from '../../domain/calls/end-reason.ts';
import type { TransferDestination } from '../../domain/numbers/destination.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MediaSession } from '../../media/media-session.ts';
import type { HoldAudio } from '../../voice/hold-audio/hold-audio.ts';
import type { MoveManner, MoveResult, WaitingTone } from '../../voice/tools/contract.ts';
import type { OutboundLeg } from '../dialer.ts';
import { reasonOfTransfer } from '../routing/after-failure.ts';
import { createCustomHoldSound } from '../session/custom-hold-sound.ts';
import { createHoldSound, type HoldSound } from '../session/hold-sound.ts';
import type { AttemptEnd } from './attempt.ts';
import { filledWords, languageIn, type WordsScene } from './operator-words.ts';
import { notReachedIn } from './transfer-sentences.ts';
import type { Transfers } from './transfers.ts';
import { isBlind, modeOf } from './way-of-transfer.ts';

export interface CallerMoveOptions {
  transfers: Transfers;
  media: () => MediaSession;
  /** Customers' sound files. */
  audio: HoldAudio;
  clock: Clock;
  /** Aborts when the call is over. */
  signal: AbortSignal;
  /** Why none of these can be reached for the caller now; undefined when they can. @param agentStays as in {@link MoveManner}. */
  refusal(destinations: readonly TransferDestination[], agentStays: boolean): string | undefined;
  /** Whether others are with the caller: they talk on, and no sound is for him alone. */
  hasCompany(): boolean;
  /** The agent neither speaks nor listens meanwhile; resolves when the line is free. */
  hold(held: boolean): Promise<void>;
  join(operator: OutboundLeg): void;
  /** The agent stays with the two, or is with the operator alone while the caller waits. @param called the operator is one of these. */
  confer(operator: OutboundLeg, called: readonly TransferDestination[], callerWaits: boolean): void;
  /** Others have the caller now, or nobody: our part is over. */
  leave(detail: string | undefined): void;
  /** With what words are found in the language of the call. */
  wordsScene(): WordsScene;
}

const PUT_THROUGH: MoveManner = { waiting: 'ringback', agentStays: false };

/** Moves an answered caller: holds him, reaches somebody, and joins the two or gives him back to the agent. */
export class CallerMove {
  readonly #options: CallerMoveOptions;
  #isMoving = false;
  #failure: EndReason | undefined;

  constructor(options: CallerMoveOptions) {
    this.#options = options;
  }

  get isMoving(): boolean {
    return this.#isMoving;
  }

  /** Why the call ends, where it ends since nobody was reached. */
  get failure(): EndReason | undefined {
    return this.#failure;
  }

  /** @param manner its waiting tone is of a caller who is put through at once; whoever waits for a briefing hears music. Never rejects. */
  async move(
    destinations: readonly [TransferDestination, ...TransferDestination[]],
    by: Transfer['by'],
    { waiting, agentStays, callerWaits }: MoveManner = PUT_THROUGH,
  ): Promise<MoveResult> {
    const { transfers, signal, hold, join, confer, leave, refusal } = this.#options;
    const refused = this.#isMoving ? 'Another transfer is under way.' : refusal(destinations, agentStays);
    if (refused !== undefined) return { moved: false, error: refused };
    this.#isMoving = true;
    await hold(true);
    const sound = this.#options.hasCompany() ? undefined : this.#soundFor(destinations, waiting);
    const end = await transfers.reach(destinations, by, {
      signal,
      isAnswered: true,
      agentStays,
    });
    await sound?.stop();
    this.#isMoving = false;
    if (end.kind === 'reached' && agentStays) {
      confer(end.operator, destinations, callerWaits === true);
      await hold(false);
      return { moved: false, joined: true, ...(callerWaits && { callerWaits }) };
    }
    if (end.kind === 'reached') {
      join(end.operator);
      return { moved: true };
    }
    if (end.kind !== 'missed') {
      leave(end.kind === 'referred' ? end.detail : undefined);
      return { moved: true };
    }
    await hold(false);
    return this.#missed(destinations.at(-1), end);
  }

  /** What the caller hears who waits: the audio of the first destination that has its own, or ours. */
  #soundFor(destinations: readonly TransferDestination[], waiting: WaitingTone): HoldSound {
    const { media, audio, clock, wordsScene } = this.#options;
    const urls = destinations.map(({ transferPlan }) => transferPlan?.holdAudioUrl);
    const url = urls.find((one) => one !== undefined);
    if (url === undefined)
      return createHoldSound(destinations.every(isBlind) ? waiting : 'music', media(), clock);
    return createCustomHoldSound({
      loaded: audio.load(url),
      media: media(),
      clock,
      failed: (problem) => wordsScene().warn(`${url} is not played: ${problem}`),
    });
  }

  async #missed(
    destination: TransferDestination | undefined,
    { miss }: Extract<AttemptEnd, { kind: 'missed' }>,
  ): Promise<MoveResult> {
    const error = `The transfer failed (${miss.outcome}): ${miss.detail}`;
    const said = destination && (await fallbackWords(destination, this.#options.wordsScene()));
    if (!said) return { moved: false, error };
    if (said.endsCall) this.#failure = reasonOfTransfer(miss.outcome);
    return { moved: false, error, said };
  }
}

/** What a caller is told whose transfer failed, and whether the call ends with it; nothing where the agent finds its own words. */
export async function fallbackWords(
  destination: TransferDestination,
  scene: WordsScene,
): Promise<{ content: string; endsCall: boolean } | undefined> {
  const { fallbackPlan } = destination.transferPlan ?? {};
  if (fallbackPlan) {
    const { message, endCallEnabled = true } = fallbackPlan;
    return { content: await filledWords(message, scene), endsCall: endCallEnabled };
  }
  if (modeOf(destination) !== 'warm-transfer-experimental') return undefined;
  const agent: Agent | undefined = scene.agent;
  return { content: notReachedIn(languageIn(agent)), endsCall: false };
}
