import type { Agent, VoicemailDetection } from '../../domain/agents/agent.ts';
import type { OutboundOrder } from '../../domain/calls/outbound-order.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { renderTemplate } from '../../voice/llm/template.ts';
import type { OutboundLeg } from '../dialer.ts';
import { templateVariables } from '../session/call-facts.ts';
import type { CallRecorder } from '../session/call-recorder.ts';
import type { CallSession } from '../session/call-session.ts';
import { AnsweringMachine, type MachineSign } from './answering-machine.ts';

/** Of an order that only wants to know whether somebody is there (Vocode). */
const ORDERED_DETECTION: VoicemailDetection = { provider: 'vocode', settings: {} };

export interface VoicemailWatchOptions {
  leg: OutboundLeg;
  session: CallSession;
  recorder: CallRecorder;
  order: OutboundOrder;
  agent: Agent;
  clock: Clock;
  logger: Logger;
}

/** What a call does about an answering machine: leaves the agent's message after the beep, or hangs up. */
export class VoicemailWatch {
  readonly #options: VoicemailWatchOptions;
  readonly #machine: AnsweringMachine | undefined;

  constructor(options: VoicemailWatchOptions) {
    this.#options = options;
    const { leg, session, agent, order, clock } = options;
    const detection =
      detectionOf(agent) ?? (order.onNoHumanAnswer === undefined ? undefined : ORDERED_DETECTION);
    if (!detection) return;
    const machine = new AnsweringMachine({
      detection,
      audio: leg.media.audio,
      words: session.heard,
      clock,
      onMachine: (sign, heard) => void this.#onMachine(sign, heard),
      onHuman: () => this.#tell('human', {}),
    });
    this.#machine = machine;
    // How an unanswered leg failed is told by its end.
    leg.answered.then(
      () => machine.answered(),
      () => {},
    );
  }

  close(): void {
    this.#machine?.close();
  }

  async #onMachine(sign: MachineSign, heard: string): Promise<void> {
    const { session, recorder, order, logger } = this.#options;
    this.#tell('machine', recorder.call.hipaaCompliant ? { sign } : { sign, heard });
    // Who talks to machines on purpose goes on (Vocode's default).
    if (order.onNoHumanAnswer === 'continue') return;
    try {
      if (order.onNoHumanAnswer !== 'hangup') await this.#leaveMessage();
    } catch (error) {
      logger.error({ callId: recorder.call.id, err: error }, 'the voicemail message could not be spoken');
    }
    await session.end('voicemail');
  }

  async #leaveMessage(): Promise<void> {
    const { session, recorder, agent } = this.#options;
    const { conversation } = session;
    const { number } = this.#options.order;
    const message = await renderTemplate(
      agent.voicemailMessage ?? '',
      templateVariables(recorder.call, number),
    );
    if (message === '' || !conversation) return;
    conversation.mute(true);
    await this.#machine?.recording();
    await conversation.say(message);
  }

  #tell(result: 'human' | 'machine', data: object): void {
    const { recorder } = this.#options;
    recorder.record(
      'voicemail.detected',
      { result, ...data },
      (call) => ({ ...call, humanDetection: result }),
      { type: 'human-detected', result },
    );
  }
}

/** Undefined where the agent asks for none; a vendor's plan may be there and switched off. */
function detectionOf({ voicemailDetection }: Agent): VoicemailDetection | undefined {
  if (!voicemailDetection || voicemailDetection === 'off') return undefined;
  return voicemailDetection.settings.enabled === false ? undefined : voicemailDetection;
}
