import type { BrainSettings } from '../../domain/agents/agent.ts';
import { newId } from '../../lib/ids.ts';
import type { BrainMessage } from '../llm/contract.ts';
import { PartEnded } from '../tools/part-ended.ts';
import { createToolBox, type ToolBox } from '../tools/tool-box.ts';
import type { CommittedTurn, UserTurn } from '../turn/turn-contract.ts';
import { type TurnDecision, TurnDriver } from '../turn/turn-driver.ts';
import { turnPlanOf } from '../turn/turn-plan.ts';
import { unansweredTurns } from '../turn/turn-policy.ts';
import { type AgentScript, agentScriptOf } from './agent-script.ts';
import { unavailableSettings } from './agent-settings.ts';
import { AgentTurn } from './agent-turn.ts';
import { AgentVoice } from './agent-voice.ts';
import { Answering } from './answering.ts';
import { addedMessage, userMessage } from './call-messages.ts';
import { CallerHold } from './caller-hold.ts';
import type { AddedMessage, Conversation, ConversationEnd, ConversationOptions } from './conversation.ts';
import { DelayWatch } from './delay-watch.ts';
import { Floor } from './floor.ts';
import type { HandoverMode } from './handed-history.ts';
import { HangingUp } from './hanging-up.ts';
import { History } from './history.ts';
import { KeySender } from './key-sender.ts';
import { Keypad } from './keypad.ts';
import type { Listener } from './listener.ts';
import { listenFor } from './listening.ts';
import { OwnTurns } from './own-turns.ts';
import { Reporter } from './reporter.ts';
import { RunningWork } from './running-work.ts';
import { TurnMarks } from './turn-marks.ts';

/**
 * Makes the agent's side of a call. Nothing happens until `start`. Failures of a part never end the conversation:
 * they are told as warnings and something stands in (energy VAD, an apology, a transcriber opened again).
 */
export function createConversation(options: ConversationOptions): Conversation {
  return new ConversationEngine(options);
}

class ConversationEngine implements Conversation {
  readonly #options: ConversationOptions;
  readonly #reporter: Reporter;
  readonly #driver: TurnDriver;
  readonly #voice: AgentVoice;
  readonly #watch: DelayWatch;
  readonly #keypad: Keypad;
  readonly #keySender: KeySender;
  readonly #hangingUp: HangingUp;
  readonly #ownTurns: OwnTurns;
  readonly #callerHold: CallerHold;
  readonly #floor: Floor;
  readonly #history: History;
  /** Turns that still run, also those that were cut and only tidy up. */
  readonly #work: RunningWork;
  /** Raised when this agent's part is over. */
  readonly #over = new AbortController();
  #script: AgentScript | undefined;
  #answering: Answering | undefined;
  #listener: Listener | undefined;
  #turns: number;
  #muted = false;
  #ended = false;
  /** What the caller said last, when the ears were closed. */
  #unanswered: UserTurn[] | undefined;
  #released: Promise<readonly BrainMessage[]> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ConversationOptions) {
    const { agent, clock, port } = options;
    this.#options = options;
    this.#turns = options.turnsBefore ?? 0;
    this.#history = new History(options.inherited);
    const reporter = new Reporter(options.logger);
    this.#reporter = reporter;
    this.#work = new RunningWork((error) => reporter.fault(error));
    const plan = turnPlanOf(agent, (refused) =>
      reporter.warn(refused.code, `rule ${refused.index}: ${refused.message}`),
    );
    this.#driver = new TurnDriver(plan, clock, (decision) => this.#decide(decision));
    this.#watch = new DelayWatch(clock, () => reporter.emit({ type: 'delayed' }));
    this.#voice = new AgentVoice(options, reporter, {
      sounded: (status, at) => this.#onSounded(status, at),
      audible: (turn, at) => this.#onAudible(turn, at),
      said: (heard, own) => this.#onSaid(heard, own),
    });
    this.#callerHold = new CallerHold(clock, {
      waits: () => options.actions?.callerWaits() ?? false,
      play: async (held) => options.actions?.holdCaller(held),
      held: (held) => this.#suspendSilence(held),
      expired: () => this.#askIfPresent(),
    });
    this.#floor = new Floor({
      driver: this.#driver,
      voice: this.#voice,
      watch: this.#watch,
      callerHold: this.#callerHold,
      work: this.#work,
      clock,
    });
    this.#ownTurns = new OwnTurns({
      options,
      voice: this.#voice,
      history: this.#history,
      begin: (interruptible, notBefore) => this.#floor.begin(interruptible, notBefore),
      respond: (turn) => this.#respond(turn),
      finish: (turn) => this.#finishTurn(turn),
    });
    this.#hangingUp = new HangingUp({
      options,
      say: (farewell) => this.#ownTurns.farewell(farewell),
      end: (reason) => this.#end(reason),
      remain: () => this.#floor.remain(),
      isOver: () => this.#isOver(),
    });
    this.#keySender = new KeySender(clock, (keys) => port.sendDtmf(keys));
    this.#keypad = new Keypad(agent, clock, {
      entered: (message) => reporter.record(message),
      forBrain: (digits) => this.#driver.put({ type: 'keys-entered', digits }),
    });
  }

  get events() {
    return this.#reporter.events;
  }

  async start(): Promise<void> {
    const { agent, variables, clock, actions } = this.#options;
    const broken = (problem: string) => this.#reporter.warn('template-failed', problem);
    const script = await agentScriptOf(agent, variables, new Date(clock.now()), broken);
    if (this.#over.signal.aborted) return;
    const box = createToolBox(script.settings.tools, actions !== undefined);
    const settings = { ...script.settings, tools: box.definitions };
    for (const { code, message } of unavailableSettings(agent, script, box.unavailable)) {
      this.#reporter.warn(code, message);
    }
    this.#script = script;
    this.#history.begin(script.prompt);
    this.#answering = this.#createAnswering(settings, box);
    this.#driver.put({ type: 'began' });
    // The mouth before the ears: nothing may delay the first sound.
    const waits = agent.firstMessageMode === 'assistant-waits-for-user';
    const delayMs = this.#options.inherited ? 0 : (agent.dials?.initialMessageDelayMs ?? 0);
    if (!waits && !this.#muted) this.#work.run(this.#ownTurns.greet(script, delayMs));
    this.#listener = listenFor(
      { ...this.#options, settings },
      { driver: this.#driver, keypad: this.#keypad, reporter: this.#reporter, turns: () => this.#turns },
    );
    await this.#listener.open();
  }

  #createAnswering(settings: BrainSettings, box: ToolBox): Answering {
    return new Answering({
      options: this.#options,
      reporter: this.#reporter,
      voice: this.#voice,
      history: this.#history,
      settings,
      box,
      ended: this.#over.signal,
      line: {
        endCall: () => this.#floor.leave('hanging-up'),
        sendDtmf: (keys) => this.#keySender.press(keys),
        holdCaller: () => this.#callerHold.request(),
        leaving: () => this.#floor.leave('moving'),
        staying: (turn) => this.#floor.stay(turn),
        listening: (open, turn) => this.#floor.listen(open, turn),
      },
    });
  }

  async say(text: string): Promise<void> {
    if (this.#over.signal.aborted || text.trim() === '') return;
    this.#floor.abandon(this.#options.clock.now());
    const turn = this.#floor.begin(false);
    await this.#voice.utter(text, turn).done;
    this.#finishTurn(turn);
  }

  async sayFirstMessage(): Promise<void> {
    if (!this.#script || !this.#free() || !this.#ownTurns.greets(this.#script)) return;
    this.#floor.abandon(this.#options.clock.now());
    const greeting = this.#ownTurns.greet(this.#script, 0);
    this.#work.run(greeting);
    await greeting;
  }

  addMessage(message: AddedMessage, respond: boolean): void {
    const { role, content } = message;
    if (this.#over.signal.aborted || content.trim() === '') return;
    const at = this.#options.clock.now();
    const answers = respond && !this.#muted && this.#free();
    if (answers) this.#floor.abandon(at);
    if (role === 'assistant') this.#history.addAssistant(content);
    else this.#history.add(role, content);
    this.#reporter.record(addedMessage(message, at));
    if (answers) this.#work.run(this.#respond(this.#floor.begin(true)));
  }

  mute(muted: boolean): void {
    if (this.#muted === muted || this.#over.signal.aborted) return;
    this.#muted = muted;
    if (!muted || !this.#floor.turn) return;
    this.#floor.abandon(this.#options.clock.now());
    // A farewell that nobody hears keeps no call open.
    if (this.#floor.leaving === 'hanging-up') this.#work.run(this.#hangUp());
    else if (this.#floor.leaving === 'no') this.#driver.put({ type: 'agent-finished' });
  }

  hold(held: boolean): void {
    this.#listener?.deafen(held);
    this.#suspendSilence(held);
  }

  release(mode: HandoverMode, toolCallId?: string): Promise<readonly BrainMessage[]> {
    this.#released ??= this.#release(mode, toolCallId);
    return this.#released;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #release(mode: HandoverMode, toolCallId?: string): Promise<readonly BrainMessage[]> {
    // The tool that asked for the handoff need not wait for it any more: its turn ends here.
    this.#over.abort(new PartEnded(true));
    this.#stopHearing();
    const turn = this.#floor.turn;
    turn?.abort();
    this.#voice.resume();
    await turn?.heard();
    await this.#work.settled();
    this.#recordUnanswered();
    const moves = new Set(this.#answering?.moveNames ?? []);
    const isTransfer = ({ id, name }: { id: string; name: string }) => id === toolCallId || moves.has(name);
    const handed = this.#history.handed(mode, isTransfer);
    await this.close();
    return handed;
  }

  async #close(): Promise<void> {
    this.#over.abort(new PartEnded(false));
    this.#stopHearing();
    this.#keySender.close();
    this.#floor.turn?.abort();
    await this.#voice.close();
    await this.#work.settled();
    this.#recordUnanswered();
  }

  #stopHearing(): void {
    this.#listener?.close();
    this.#keypad.close();
    this.#watch.ended();
    this.#work.run(this.#callerHold.end() ?? Promise.resolve());
    this.#unanswered ??= unansweredTurns(this.#driver.state, this.#options.clock.now());
    this.#driver.close();
  }

  /** What the caller said last belongs to the record, although this agent does not answer it any more. */
  #recordUnanswered(): void {
    for (const turn of this.#unanswered?.splice(0) ?? []) this.#note(turn);
  }

  #decide(decision: TurnDecision): void {
    switch (decision.type) {
      case 'commit':
        this.#work.run(this.#answer(decision.turn));
        break;
      case 'pause':
        this.#voice.pause();
        // The caller speaks: he does not wait.
        this.#watch.sounded();
        break;
      case 'resume':
        this.#watch.fellSilent();
        this.#voice.resume();
        break;
      case 'interrupt':
        this.#floor.abandon(decision.at);
        break;
      case 'acknowledged':
        this.#reporter.record(userMessage(decision.turn));
        break;
      case 'idle':
        this.#askIfPresent();
        break;
      case 'silence-timed-out':
        this.#end('silence-timed-out');
    }
  }

  /** The caller's turn is over: the agent's begins, unless it has nothing more to say in this call. */
  async #answer(said: CommittedTurn): Promise<void> {
    if (this.#ended) return;
    this.#hangingUp.onAnswered();
    this.#turns += 1;
    const speaks = this.#floor.leaving === 'no' && !this.#muted;
    const now = this.#options.clock.now();
    const turn = speaks ? new AgentTurn(newId(now), TurnMarks.committed(this.#turns, said, now)) : undefined;
    if (turn) this.#floor.adopt(turn, said.notBefore);
    await this.#floor.cutting;
    if (said.text !== '') this.#note(said);
    for (const digits of said.keys) this.#history.add('user', digits);
    if (turn) await this.#respond(turn);
    else if (this.#floor.leaving === 'no') this.#driver.put({ type: 'agent-finished' });
  }

  /** Asks the brain and speaks what it says, until all of it was heard. Never rejects. */
  async #respond(turn: AgentTurn): Promise<void> {
    // Only then is it known how much of what was cut was heard.
    await this.#floor.cutting;
    if (!turn.signal.aborted) await this.#answering?.answer(turn);
    await turn.heard();
    this.#finishTurn(turn);
  }

  #finishTurn(turn: AgentTurn): void {
    this.#reportLatency(turn);
    if (this.#floor.turn !== turn || this.#over.signal.aborted || this.#ended) return;
    const triggered = turn.triggered ? [] : (this.#answering?.triggeredBy(turn.spoken) ?? []);
    this.#floor.turn = undefined;
    this.#watch.ended();
    if (this.#floor.leaving === 'hanging-up') this.#work.run(this.#hangUp());
    else if (this.#floor.leaving === 'no' && triggered.length > 0) this.#work.run(this.#trigger(triggered));
    else if (this.#floor.leaving === 'no') {
      this.#driver.put({ type: 'agent-finished' });
      this.#callerHold.begin();
    }
  }

  /** The agent has said what makes tools run. Never rejects. */
  async #trigger(tools: readonly string[]): Promise<void> {
    const turn = this.#floor.begin(false);
    turn.triggered = true;
    await this.#answering?.runTriggered(tools, turn);
    await turn.heard();
    this.#finishTurn(turn);
  }

  #suspendSilence(suspended: boolean): void {
    this.#driver.put({ type: suspended ? 'held' : 'unheld' });
  }

  #askIfPresent(): void {
    if (!this.#muted && this.#free()) this.#work.run(this.#ownTurns.askIfPresent());
  }

  /** Whether the agent may begin something new. */
  #free(): boolean {
    return !this.#isOver() && this.#floor.leaving === 'no' && this.#answering !== undefined;
  }

  #isOver(): boolean {
    return this.#ended || this.#over.signal.aborted;
  }

  #hangUp(): Promise<void> {
    return this.#hangingUp.hangUp(this.#muted ? '' : (this.#script?.endCallMessage ?? ''));
  }

  #end(reason: ConversationEnd): void {
    if (this.#isOver()) return;
    this.#ended = true;
    this.#floor.turn?.abort();
    this.#watch.ended();
    this.#driver.close();
    this.#reporter.emit({ type: 'end', reason });
  }

  #onSounded(status: 'started' | 'stopped', at: number): void {
    if (status === 'started') this.#watch.sounded();
    else this.#watch.fellSilent();
    this.#reporter.emit({ type: 'speech', role: 'agent', status, at, turn: this.#turns });
  }

  #onAudible(turn: AgentTurn | undefined, at: number): void {
    this.#driver.put({ type: 'agent-audible' });
    if (!turn) return;
    turn.marks?.mark('rtpFirstPacket', at);
    this.#reportLatency(turn);
  }

  #onSaid(heard: string, own: boolean): void {
    this.#driver.put({ type: 'agent-said', text: heard });
    // "Goodbye" before a transfer is none to the caller's call.
    if (own && this.#floor.leaving !== 'moving') this.#hangingUp.onSaid(heard);
  }

  #reportLatency(turn: AgentTurn): void {
    const latency = turn.takeLatency();
    if (latency) this.#reporter.emit({ type: 'turn', latency });
  }

  /** What the caller said enters the record and the history. */
  #note(said: UserTurn): void {
    this.#reporter.record(userMessage(said));
    this.#history.add('user', said.text);
  }
}
