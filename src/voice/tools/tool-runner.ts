import type { AgentTool, ToolMessage } from '../../domain/agents/agent.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type {
  CallActions,
  LineTool,
  LiveTool,
  MoveManner,
  MoveTool,
  ServerTool,
  ServerToolCall,
  ServerToolResult,
  ToolLine,
} from './contract.ts';
import { PartEnded } from './part-ended.ts';
import type { ToolBox } from './tool-box.ts';
import { messagesFor, wordsOf } from './tool-messages.ts';
import { fillersIn, transferringIn } from './tool-phrases.ts';

/** What the model is told of a tool that the caller's words came before. */
const NOT_RUN = 'Error: the caller spoke before it was run.';
/** Of a move, when another tool of the same answer has moved the caller or ended the call. */
const TOO_LATE = 'Error: the caller is not here any more.';
/** Of an `async` tool, whose answer nobody waits for. */
const ACCEPTED = 'Accepted: it runs in the background.';
/** Of an external action: what the caller says while it runs interrupts nothing. */
const MUTED = 'muted';
const TRANSFERRED = 'The caller was transferred.';
const HANDED_OVER = 'The caller was handed over.';
const DELEGATED = 'It was asked for and is done elsewhere; until then the caller is still here.';
const JOINED = 'Whoever was called has joined: the caller, you and they hear each other.';
const ASIDE =
  'Whoever was called hears you alone now; the caller waits on hold. Tell them what it is about, then take the caller off hold.';

export interface ToolCall {
  id: string;
  name: string;
  arguments: unknown;
}

/** What came of a call of a tool. */
export interface ToolOutcome {
  /** For the model. */
  content: string;
  failed?: true;
}

/** What tools do to the turn of the agent that called them; the engine fulfils it. */
export interface ToolStage extends ToolLine {
  /** Raised when the caller takes the turn: nothing more is said then. */
  readonly signal: AbortSignal;
  /** The model has said something itself with this call. */
  readonly announced: boolean;
  began(call: ToolCall): void;
  finished(call: ToolCall, outcome: ToolOutcome): void;
  /**
   * Says words of a tool; resolves when they were heard or cut, at once when the turn is cut.
   * @param place whether they come before the tool's result in the history, or answer it.
   */
  say(text: string, place: 'before-result' | 'after-result'): Promise<void>;
  /** Tells the model something beside the conversation. */
  hint(text: string): void;
  /** Resolves when all that this turn has said was heard or cut. */
  heard(): Promise<void>;
  /** The caller is about to leave: nothing interrupts that. */
  leaving(): void;
  /** He stays after all. */
  staying(): void;
  /** Whether the caller may take the turn meanwhile. */
  listening(open: boolean): void;
  failed(error: unknown): void;
}

interface Run<T extends LiveTool | undefined = LiveTool | undefined> {
  call: ToolCall;
  live: T;
}

interface Outcome {
  call: ToolCall;
  live: LiveTool | undefined;
  /** For the model. */
  content: string;
  failed: boolean;
  /** What the customer's server wants said. */
  message?: string | ToolMessage;
  /** The call ends or leaves the agent. */
  over?: boolean;
  unspoken?: boolean;
}

export interface ToolRunnerOptions {
  box: ToolBox;
  /** Needed where the box holds tools of servers or of moves. */
  actions: CallActions | undefined;
  clock: Clock;
  language: string;
  /** Raised with {@link PartEnded} when the agent's part is over. */
  ended: AbortSignal;
}

/**
 * Runs the tools that one answer of the model calls, and says what is to be said around them: tools of the line at
 * once, all calls of servers together, moves of the caller last and one after the other.
 * An interruption stops no tool: what runs goes on for its effect, and its result enters the history without a word.
 */
export class ToolRunner {
  readonly #options: ToolRunnerOptions;
  readonly #over: Promise<PartEnded>;
  /** Rounds so far: variants of a message take turns. */
  #round = 0;

  constructor(options: ToolRunnerOptions) {
    this.#options = options;
    const { ended } = options;
    this.#over = new Promise((resolve) => {
      if (ended.aborted) resolve(ended.reason);
      else ended.addEventListener('abort', () => resolve(ended.reason), { once: true });
    });
  }

  /** @returns whether the model is to be asked again with the results. Never rejects. */
  async run(calls: readonly ToolCall[], stage: ToolStage): Promise<boolean> {
    const runs: Run[] = calls.map((call) => ({ call, live: this.#options.box.find(call.name) }));
    this.#round += 1;
    for (const { call } of runs) stage.began(call);
    const outcomes: Outcome[] = [];
    const finish = (outcome: Outcome) => {
      const { call, content, failed } = outcome;
      stage.finished(call, { content, ...(failed && { failed }) });
      outcomes.push(outcome);
    };
    if (!(await this.#announce(runs, stage))) {
      for (const run of runs) finish(failure(run, NOT_RUN));
      return false;
    }
    const asked = this.#callServers(runs.filter(isServed), stage);
    for (const run of runs) {
      if (run.live === undefined || run.live.kind === 'line') finish(runOnLine(run as Run<LineTool>, stage));
    }
    for (const outcome of await asked) finish(outcome);
    // Before the moves: a caller who has left hears nothing more.
    let { ask, over } = this.#conclude(outcomes, stage);
    for (const run of runs.filter(isMove)) {
      const outcome = over ? failure(run, TOO_LATE) : await this.#move(run, stage);
      if (!outcome) continue;
      finish(outcome);
      if (over) continue;
      const after = this.#conclude([outcome], stage);
      ask ||= after.ask;
      over ||= after.over;
    }
    return ask && !over && !stage.signal.aborted && !this.#options.ended.aborted;
  }

  /** Says what comes before the tools. @returns false when a message that must be heard first was cut. */
  async #announce(runs: readonly Run[], stage: ToolStage): Promise<boolean> {
    const texts = new Set<string>();
    let blocks = false;
    let needsFiller = false;
    for (const { call, live } of runs) {
      // A move says its words when it is known where to; what runs in the background keeps nobody waiting.
      if (!live || live.kind === 'move' || (live.kind === 'server' && live.tool.async)) continue;
      const { given, eligible } = messagesFor(live.tool, 'request-start', call.arguments);
      const start = this.#variantOf(eligible);
      if (start) texts.add(wordsOf(start, this.#options.language));
      blocks ||= start?.blocking === true;
      needsFiller ||= live.kind === 'server' && !given && !live.quiet;
    }
    texts.delete('');
    if (needsFiller && !stage.announced && texts.size === 0) texts.add(this.#filler());
    const said = [...texts].map((text) => stage.say(text, 'before-result'));
    if (!blocks) return true;
    await Promise.all(said);
    return !stage.signal.aborted;
  }

  async #callServers(runs: readonly Run<ServerTool>[], stage: ToolStage): Promise<Outcome[]> {
    const { actions, ended } = this.#options;
    if (!actions || runs.length === 0) return [];
    const background = runs.filter(({ live }) => live.tool.async);
    const awaited = runs.filter(({ live }) => !live.tool.async);
    if (background.length > 0) {
      actions
        .callServer(background.map(serverCall), new AbortController().signal)
        .catch((error) => stage.failed(error));
    }
    const accepted = background.map((run) => ({ ...run, content: ACCEPTED, failed: false }));
    if (awaited.length === 0) return accepted;
    const stopDelays = this.#sayDelays(awaited, stage);
    const mutes = awaited.some(({ live }) => live.tool.external?.processingMode === MUTED);
    if (mutes) stage.listening(false);
    try {
      const results = await this.#untilOver(actions.callServer(awaited.map(serverCall), ended));
      if (results instanceof PartEnded) return accepted;
      return [...accepted, ...awaited.map((run) => served(run, results))];
    } catch (error) {
      stage.failed(error);
      return [...accepted, ...awaited.map((run) => failure(run, 'Error: it could not be run.'))];
    } finally {
      stopDelays();
      if (mutes) stage.listening(true);
    }
  }

  /** Says the messages for callers who wait, each after its time. @returns what stops that. */
  #sayDelays(runs: readonly Run<ServerTool>[], stage: ToolStage): () => void {
    const { clock, language } = this.#options;
    const timers: Timer[] = [];
    for (const { call, live } of runs) {
      const { eligible } = messagesFor(live.tool, 'request-response-delayed', call.arguments);
      for (const [timingMs, variants] of Map.groupBy(eligible, timingOf)) {
        const message = this.#variantOf(variants);
        const text = message ? wordsOf(message, language) : '';
        if (timingMs === undefined || text === '') continue;
        timers.push(clock.setTimeout(() => void stage.say(text, 'before-result'), timingMs));
      }
    }
    return () => {
      for (const timer of timers) clock.clearTimeout(timer);
    };
  }

  /** @returns nothing where the agent's part ended meanwhile. */
  async #move(run: Run<MoveTool>, stage: ToolStage): Promise<Outcome | undefined> {
    const { actions, language, ended } = this.#options;
    const { call, live } = run;
    if (!actions || ended.aborted) return undefined;
    if (stage.signal.aborted) return failure(run, NOT_RUN);
    const { tool } = live;
    const start = this.#variantOf(messagesFor(tool, 'request-start', call.arguments).eligible);
    const own = start ? wordsOf(start, language) : undefined;
    // Where a server has to be asked first, the tool's own words bridge that time.
    const asksServer = !tool.destinations?.some(({ type }) => type !== 'dynamic');
    if (asksServer && own) void stage.say(own, 'before-result');
    try {
      const choice = await this.#untilOver(actions.chooseDestination(tool, call.arguments, stage.signal));
      if (choice instanceof PartEnded) return undefined;
      if (stage.signal.aborted) return failure(run, NOT_RUN);
      if ('error' in choice) return failure(run, `Error: ${choice.error}`);
      const { destination, message } = choice;
      stage.leaving();
      const left = asksServer && own ? '' : (own ?? (announces(tool) ? transferringIn(language) : ''));
      const words = message ?? destination.message;
      const text = words === undefined ? left : wordsOf(words, language);
      if (text !== '') void stage.say(text, 'before-result');
      await stage.heard();
      const result = await this.#untilOver(actions.moveTo(destination, call.id, this.#mannerOf(tool)));
      if (result instanceof PartEnded) return result.handedOver ? moved(run) : undefined;
      if (result.moved) return moved(run);
      stage.staying();
      if ('joined' in result) return joined(run, result);
      if ('delegated' in result) return { ...run, content: DELEGATED, failed: false, unspoken: true };
      const failed = failure(run, `Error: ${result.error}`);
      return result.said ? { ...failed, message: spokenFailure(result.said) } : failed;
    } catch (error) {
      stage.failed(error);
      stage.staying();
      return failure(run, 'Error: it could not be run.');
    }
  }

  /**
   * What is said once the results are there: the server's own words, else the tool's message, else what the model makes
   * of it (the vendor's order). Of several tools each is treated by itself; one that leaves it to the model is enough.
   */
  #conclude(outcomes: readonly Outcome[], stage: ToolStage): { ask: boolean; over: boolean } {
    let ask = false;
    let over = outcomes.some((outcome) => outcome.over);
    for (const { call, live, failed, message, over: ends } of outcomes.filter(isSpokenOf)) {
      if (ends || stage.signal.aborted || this.#options.ended.aborted) continue;
      const type = failed ? 'request-failed' : 'request-complete';
      const own = live && this.#variantOf(messagesFor(live.tool, type, call.arguments).eligible);
      const words = sentMessage(message, type) ?? own;
      const text = words ? wordsOf(words, this.#options.language) : '';
      if (words?.role === 'system' && text !== '') stage.hint(text);
      if (!words || words.role === 'system') ask = true;
      else {
        if (text !== '') void stage.say(text, 'after-result');
        if (words.endCallAfterSpokenEnabled) {
          stage.endCall();
          over = true;
        }
      }
    }
    return { ask, over };
  }

  /** Variants take turns, so that a caller does not hear the same sentence again and again. */
  #variantOf(variants: readonly ToolMessage[]): ToolMessage | undefined {
    return variants[(this.#round - 1) % Math.max(1, variants.length)];
  }

  /**
   * A conference leaves nobody alone. Unless its settings say otherwise the caller is held, also while the agent talks to
   * whoever was called: that lasts until the agent takes him off hold, or ends with the answer where it has no tool for that.
   */
  #mannerOf({ type, settings }: AgentTool): MoveManner {
    const agentStays = type === 'addToConference';
    const holds = agentStays && settings.placePrimaryOnHold !== false;
    return {
      agentStays,
      waiting: holds ? 'music' : 'ringback',
      ...(holds && this.#options.box.has('setHold') && { callerWaits: true }),
    };
  }

  #filler(): string {
    const fillers = fillersIn(this.#options.language);
    return fillers[(this.#round - 1) % fillers.length] ?? '';
  }

  #untilOver<T>(work: Promise<T>): Promise<T | PartEnded> {
    return Promise.race([work, this.#over]);
  }
}

function isServed(run: Run): run is Run<ServerTool> {
  return run.live?.kind === 'server';
}

function isMove(run: Run): run is Run<MoveTool> {
  return run.live?.kind === 'move';
}

/** Else its result only stands in the history, and the caller has the floor again. */
function isSpokenOf({ live, failed, unspoken }: Outcome): boolean {
  return failed || !(unspoken || live?.tool.external?.speakOnReceive === false);
}

/** Whether a move without words of its own is told: not where the agent has just said what brings it about. */
function announces({ type, phraseTriggers = [] }: AgentTool): boolean {
  return type === 'transferCall' && phraseTriggers.length === 0;
}

function timingOf({ timingMilliseconds }: ToolMessage): number | undefined {
  return timingMilliseconds;
}

function serverCall({ call, live }: Run<ServerTool>): ServerToolCall {
  return { id: call.id, tool: live.tool, name: call.name, arguments: call.arguments };
}

function served(run: Run<ServerTool>, results: readonly ServerToolResult[]): Outcome {
  const result = results.find(({ id }) => id === run.call.id);
  if (!result) return failure(run, 'Error: no result came for it.');
  const failed = result.error !== undefined;
  return {
    ...run,
    content: failed ? `Error: ${result.error}` : (result.result ?? ''),
    failed,
    ...(result.message !== undefined && { message: result.message }),
  };
}

/** What the server sent with its result, where it fits: a plain text always does. */
function sentMessage(
  message: string | ToolMessage | undefined,
  type: ToolMessage['type'],
): ToolMessage | undefined {
  if (typeof message !== 'string') return message?.type === type ? message : undefined;
  return message.trim() === '' ? undefined : { type, content: message };
}

function runOnLine({ call, live }: Run<LineTool | undefined>, line: ToolLine): Outcome {
  if (!live) {
    const name = JSON.stringify(call.name.slice(0, 64));
    return failure({ call, live }, `Error: there is no tool named ${name}.`);
  }
  try {
    const { content, failed = false, endsTurn = false, unspoken = false } = live.run(call.arguments, line);
    return { call, live, content, failed, over: endsTurn, unspoken };
  } catch (error) {
    return failure({ call, live }, `Error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function moved(run: Run<MoveTool>): Outcome {
  const { type, settings } = run.live.tool;
  const own = typeof settings.defaultResult === 'string' ? settings.defaultResult : HANDED_OVER;
  return { ...run, content: type === 'handoff' ? own : TRANSFERRED, failed: false, over: true };
}

function joined(run: Run<MoveTool>, { callerWaits }: { callerWaits?: true }): Outcome {
  return { ...run, content: callerWaits ? ASIDE : JOINED, failed: false };
}

/** What somebody who was to be moved is told in the agent's stead. */
function spokenFailure({ content, endsCall }: { content: string; endsCall: boolean }): ToolMessage {
  return { type: 'request-failed', content, endCallAfterSpokenEnabled: endsCall };
}

function failure({ call, live }: Run, content: string): Outcome {
  return { call, live, content, failed: true };
}
