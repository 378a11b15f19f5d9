import type { CallMessage } from '../../domain/calls/call.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Brain } from '../llm/contract.ts';
import { createToolBox, type ToolBox } from '../tools/tool-box.ts';
import type { CommittedTurn } from '../turn/turn-contract.ts';
import { type TurnDecision, TurnDriver } from '../turn/turn-driver.ts';
import { turnPlanOf } from '../turn/turn-plan.ts';
import { pendingText, unansweredTurns } from '../turn/turn-policy.ts';
import { type AgentScript, agentScriptOf, isAudioUrl } from './agent-script.ts';
import {
  languageOf,
  synthesisOptionsOf,
  transcriberOptionsOf,
  unavailableSettings,
} from './agent-settings.ts';
import { AgentTurn } from './agent-turn.ts';
import { apologyIn } from './apology.ts';
import { agentMessage, inWholeMilliseconds, toolMessages, userMessage } from './call-messages.ts';
import type {
  Conversation,
  ConversationEnd,
  ConversationEvent,
  ConversationOptions,
} from './conversation.ts';
import { EndPhrases } from './end-phrases.ts';
import { type AssistantEntry, History } from './history.ts';
import { KeySender } from './key-sender.ts';
import { Keypad } from './keypad.ts';
import { Listener } from './listener.ts';
import { Speaker } from './speaker.ts';
import { think } from './thinker.ts';
import { TurnMarks } from './turn-marks.ts';
import { Utterance, type UtteranceOutcome } from './utterance.ts';

/**
 * Makes the agent's side of a call. Nothing happens until `start`. Failures of a part never end the conversation:
 * they are told as warnings and something stands in (energy VAD, an apology, a transcriber opened again).
 */
export function createConversation(options: ConversationOptions): Conversation {
  return new ConversationEngine(options);
}

class ConversationEngine implements Conversation {
  readonly events = new Emitter<ConversationEvent>();
  readonly #options: ConversationOptions;
  readonly #driver: TurnDriver;
  readonly #speaker: Speaker;
  readonly #keypad: Keypad;
  readonly #keySender: KeySender;
  readonly #tools: ToolBox;
  readonly #endPhrases: EndPhrases;
  /** Turns that still run, also those that were cut and only tidy up. */
  readonly #running = new Set<Promise<void>>();
  readonly #owners = new Map<Utterance, { turn: AgentTurn; entry?: AssistantEntry }>();
  #script: AgentScript | undefined;
  #history = new History([]);
  #listener: Listener | undefined;
  #turn: AgentTurn | undefined;
  #turns = 0;
  /** Resolves when it is known what was heard of the turn that was cut last. */
  #cutting: Promise<void> = Promise.resolve();
  /** The agent hangs up when all was heard. */
  #leaving = false;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(options: ConversationOptions) {
    const { agent, clock, port } = options;
    this.#options = options;
    this.#tools = createToolBox(agent.brain?.tools ?? []);
    this.#endPhrases = new EndPhrases(agent.endCallPhrases ?? []);
    const plan = turnPlanOf(agent, (refused) =>
      this.#warn(refused.code, `rule ${refused.index}: ${refused.message}`),
    );
    this.#driver = new TurnDriver(plan, clock, (decision) => this.#decide(decision));
    this.#speaker = new Speaker(port, clock, {
      sounded: (status, at) => this.#emit({ type: 'speech', role: 'agent', status, at }),
      audible: (utterance, at) => this.#onAudible(utterance, at),
      settled: (utterance, outcome) => this.#onSettled(utterance, outcome),
      lineFailed: (error) => this.#warn('line-failed', String(error)),
    });
    this.#keySender = new KeySender(clock, (keys) => port.sendDtmf(keys));
    this.#keypad = new Keypad(agent, clock, {
      entered: (message) => this.#record(message),
      forBrain: (digits) => this.#driver.put({ type: 'keys-entered', digits }),
    });
  }

  async start(): Promise<void> {
    const { agent, variables, clock } = this.#options;
    for (const { code, message } of unavailableSettings(agent, this.#tools)) this.#warn(code, message);
    const broken = (problem: string) => this.#warn('template-failed', problem);
    const script = await agentScriptOf(agent, variables, new Date(clock.now()), broken);
    if (this.#closing) return;
    this.#script = script;
    this.#history = new History(script.prompt);
    this.#driver.put({ type: 'began' });
    // The mouth before the ears: nothing may delay the first sound.
    this.#speakFirst(script);
    this.#listener = this.#createListener(script);
    await this.#listener.open();
  }

  async say(text: string): Promise<void> {
    if (this.#closing || text.trim() === '') return;
    this.#abandon(this.#options.clock.now());
    const turn = this.#beginTurn(false);
    const utterance = this.#utter(text, turn);
    await utterance.done;
    this.#finishTurn(turn);
  }

  hold(held: boolean): void {
    this.#driver.put({ type: held ? 'held' : 'unheld' });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#listener?.close();
    this.#keypad.close();
    this.#keySender.close();
    this.#turn?.abort();
    const { state } = this.#driver;
    this.#driver.close();
    await this.#speaker.close();
    await Promise.all(this.#running);
    // What the caller said last belongs to the record, although nobody answers it any more.
    for (const turn of unansweredTurns(state, this.#options.clock.now())) this.#record(userMessage(turn));
  }

  #createListener(script: AgentScript): Listener {
    const { port, vad, transcriber, brain, clock, agent } = this.#options;
    const grammar = this.#grammarOf(brain, script);
    const options = transcriberOptionsOf(agent, grammar);
    return new Listener(
      { port, vad, transcriber, options, clock },
      {
        voice: (event) => {
          if (event.type !== 'speech-heard') {
            const status = event.type === 'speech-started' ? 'started' : 'stopped';
            this.#emit({ type: 'speech', role: 'user', status, at: event.at });
          }
          this.#driver.put(event);
        },
        transcript: ({ text, isFinal, endOfTurn }) => {
          this.#driver.put({ type: 'transcript', text, isFinal, endOfTurn: endOfTurn === true });
          const soFar = pendingText(this.#driver.state);
          if (!isFinal && soFar !== '') this.#emit({ type: 'partial-transcript', text: soFar });
        },
        key: (digit, at) => {
          this.#driver.put({ type: 'key-pressed' });
          this.#keypad.press(digit, at);
        },
        warning: (code, message) => this.#warn(code, message),
      },
    );
  }

  #grammarOf(brain: Brain, script: AgentScript): string | undefined {
    try {
      return brain.grammar?.(script.settings);
    } catch (error) {
      this.#warn('grammar-failed', `${brain.name}: ${String(error)}`);
      return undefined;
    }
  }

  #speakFirst(script: AgentScript): void {
    const { firstMessageMode, firstMessageInterruptionsEnabled: interruptible } = this.#options.agent;
    if (firstMessageMode === 'assistant-waits-for-user') return;
    const recording = isAudioUrl(script.firstMessage);
    if (recording)
      this.#warn('first-message-audio-unavailable', 'a recording cannot be played; the brain greets');
    if (recording || firstMessageMode === 'assistant-speaks-first-with-model-generated-message') {
      const turn = this.#beginTurn(interruptible ?? false);
      this.#run(this.#respond(turn));
    } else if (script.firstMessage !== '') {
      const turn = this.#beginTurn(interruptible ?? false);
      const utterance = this.#utter(
        script.firstMessage,
        turn,
        this.#history.addAssistant(script.firstMessage),
      );
      this.#run(utterance.done.then(() => this.#finishTurn(turn)));
    }
  }

  #decide(decision: TurnDecision): void {
    switch (decision.type) {
      case 'commit':
        this.#run(this.#answer(decision.turn));
        break;
      case 'pause':
        this.#speaker.pause();
        break;
      case 'resume':
        this.#speaker.resume();
        break;
      case 'interrupt':
        this.#abandon(decision.at);
        break;
      case 'acknowledged':
        this.#record(userMessage(decision.turn));
        break;
      case 'silence-timed-out':
        this.#end('silence-timed-out');
    }
  }

  /** The caller's turn is over: the agent's begins. */
  async #answer(said: CommittedTurn): Promise<void> {
    if (this.#leaving || this.#ended) return;
    this.#turns += 1;
    const marks = new TurnMarks(this.#turns, said.endedAt);
    if (said.transcriptAt !== undefined) marks.mark('transcript', said.transcriptAt);
    marks.mark('commit', this.#options.clock.now());
    const turn = new AgentTurn(marks);
    this.#turn = turn;
    this.#speaker.holdUntil(said.notBefore);
    // Only then is it known how much of an interrupted answer was heard.
    await this.#cutting;
    if (said.text !== '') {
      this.#record(userMessage(said));
      this.#history.addUser(said.text);
    }
    for (const digits of said.keys) this.#history.addUser(digits);
    await this.#respond(turn);
  }

  /** Asks the brain and speaks what it says, until all of it was heard. Never rejects. */
  async #respond(turn: AgentTurn): Promise<void> {
    const { brain, context, clock } = this.#options;
    const settings = this.#script?.settings;
    if (!settings || turn.signal.aborted) {
      this.#reportLatency(turn);
      return;
    }
    const parts = { brain, settings, context, tools: this.#tools, history: this.#history, clock };
    try {
      await think(
        parts,
        {
          speak: (entry) => this.#openUtterance(turn, entry),
          firstToken: (at) => turn.marks?.mark('brainFirstToken', at),
          toolRun: (call, at) => {
            turn.acted = true;
            for (const message of toolMessages(call, at)) this.#record(message);
          },
          line: {
            endCall: () => this.#leave(),
            sendDtmf: (digits) => this.#keySender.press(digits),
          },
        },
        turn.signal,
      );
      if (turn.empty && !turn.signal.aborted) this.#warn('brain-silent', `${brain.name} gave no words`);
    } catch (error) {
      this.#warn('brain-failed', `${brain.name}: ${error instanceof Error ? error.message : String(error)}`);
      if (!turn.signal.aborted && !this.#closing) this.#apologise(turn);
    }
    await turn.heard();
    this.#finishTurn(turn);
  }

  #apologise(turn: AgentTurn): void {
    const text = apologyIn(languageOf(this.#options.agent));
    this.#utter(text, turn, this.#history.addAssistant(text));
  }

  /** A turn that no caller's turn came before. */
  #beginTurn(interruptible: boolean): AgentTurn {
    const turn = new AgentTurn();
    this.#turn = turn;
    this.#speaker.holdUntil(0);
    this.#driver.put({ type: 'agent-began', interruptible });
    return turn;
  }

  #finishTurn(turn: AgentTurn): void {
    this.#reportLatency(turn);
    if (this.#turn !== turn || this.#closing || this.#ended) return;
    this.#turn = undefined;
    if (this.#leaving) this.#run(this.#hangUp());
    else this.#driver.put({ type: 'agent-finished' });
  }

  /** Drops what the agent says and thinks. */
  #abandon(at: number): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.abort();
    this.#cutting = this.#speaker.cut(at);
    this.#run(this.#cutting);
  }

  /** The tool endCall was called: nothing interrupts what is left to be heard. */
  #leave(): void {
    this.#leaving = true;
    this.#driver.put({ type: 'agent-began', interruptible: false });
  }

  async #hangUp(): Promise<void> {
    const farewell = this.#script?.endCallMessage ?? '';
    if (farewell === '') return this.#end('assistant-ended-call');
    const turn = this.#beginTurn(false);
    await this.#utter(farewell, turn, this.#history.addAssistant(farewell)).done;
    this.#end('assistant-ended-call-after-message-spoken');
  }

  #end(reason: ConversationEnd): void {
    if (this.#ended || this.#closing) return;
    this.#ended = true;
    this.#turn?.abort();
    this.#driver.close();
    this.#emit({ type: 'end', reason });
  }

  #openUtterance(turn: AgentTurn, entry?: AssistantEntry): Utterance {
    const { agent, synthesizer, clock } = this.#options;
    const options = synthesisOptionsOf(agent);
    const utterance: Utterance = new Utterance(synthesizer, options, clock, {
      progressed: () => {
        if (utterance.firstAudioAt !== undefined) turn.marks?.mark('voiceFirstAudio', utterance.firstAudioAt);
        this.#speaker.pump();
      },
      failed: (error) => this.#warn('voice-failed', `${synthesizer.name}: ${error.message}`),
    });
    this.#owners.set(utterance, entry ? { turn, entry } : { turn });
    turn.add(utterance);
    this.#speaker.enqueue(utterance);
    return utterance;
  }

  #utter(text: string, turn: AgentTurn, entry?: AssistantEntry): Utterance {
    const utterance = this.#openUtterance(turn, entry);
    utterance.add(text);
    utterance.endText();
    return utterance;
  }

  #onAudible(utterance: Utterance, at: number): void {
    const turn = this.#owners.get(utterance)?.turn;
    this.#driver.put({ type: 'agent-audible' });
    if (!turn) return;
    turn.marks?.mark('rtpFirstPacket', at);
    this.#reportLatency(turn);
  }

  #onSettled(utterance: Utterance, outcome: UtteranceOutcome): void {
    const { heard, complete, startedAt, endedAt } = outcome;
    const owner = this.#owners.get(utterance);
    this.#owners.delete(utterance);
    if (owner?.entry && !complete) owner.entry.content = heard;
    if (utterance.stopped && startedAt !== undefined && !this.#closing) {
      this.#emit({ type: 'interrupted', at: endedAt, playedText: heard });
    }
    const message = agentMessage(outcome, utterance.stopped);
    if (!message) return;
    this.#record(message);
    this.#driver.put({ type: 'agent-said', text: heard });
    if (owner?.entry && complete && this.#endPhrases.occurIn(heard))
      this.#end('assistant-said-end-call-phrase');
  }

  #reportLatency(turn: AgentTurn): void {
    const latency = turn.takeLatency();
    if (latency) this.#emit({ type: 'turn', latency });
  }

  #record(message: CallMessage): void {
    this.#emit({ type: 'message', message: inWholeMilliseconds(message) });
  }

  #warn(code: string, message: string): void {
    this.#options.logger.warn({ code }, message);
    this.#emit({ type: 'warning', code, message });
  }

  #emit(event: ConversationEvent): void {
    try {
      this.events.emit(event);
    } catch (error) {
      // A fault of who listens must not reach the audio path.
      this.#options.logger.error({ error: String(error), event: event.type }, 'conversation event not taken');
    }
  }

  /** Work that nobody awaits; `close` does. */
  #run(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => {
      this.#options.logger.error({ error: String(error) }, 'conversation failed');
    });
    this.#running.add(tracked);
    void tracked.finally(() => this.#running.delete(tracked));
  }
}
