import type { BrainSettings } from '../../domain/agents/agent.ts';
import { newId } from '../../lib/ids.ts';
import type { ToolLine } from '../tools/contract.ts';
import type { ToolBox } from '../tools/tool-box.ts';
import { type ToolCall, ToolRunner, type ToolStage } from '../tools/tool-runner.ts';
import { languageOf } from './agent-settings.ts';
import type { AgentTurn } from './agent-turn.ts';
import type { AgentVoice } from './agent-voice.ts';
import { apologyIn } from './apology.ts';
import { toolCallMessage, toolResultMessage } from './call-messages.ts';
import type { ConversationOptions } from './conversation.ts';
import type { AssistantEntry, History, Words } from './history.ts';
import type { Reporter } from './reporter.ts';
import { SpokenPhrases } from './spoken-phrases.ts';
import { think } from './thinker.ts';

/** What an answer does to the conversation as a whole. */
export interface AnsweringLine extends ToolLine {
  /** The caller is about to be moved: nothing interrupts that. */
  leaving(): void;
  /** He stays with the agent whose turn this is. */
  staying(turn: AgentTurn): void;
  /** Whether the caller may take this turn. */
  listening(open: boolean, turn: AgentTurn): void;
}

export interface AnsweringParts {
  options: ConversationOptions;
  reporter: Reporter;
  voice: AgentVoice;
  history: History;
  /** With the filled prompt. */
  settings: BrainSettings;
  box: ToolBox;
  line: AnsweringLine;
  /** Raised when the agent's part is over. */
  ended: AbortSignal;
}

/** The agent's answers: asks the brain, speaks what it says, has its tools run. */
export class Answering {
  readonly #parts: AnsweringParts;
  readonly #runner: ToolRunner;
  readonly #triggers: { name: string; phrases: SpokenPhrases }[];

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    const { options, box, ended } = parts;
    const { actions, clock, agent } = options;
    this.#triggers = box.triggered.map(({ name, phrases }) => ({
      name,
      phrases: new SpokenPhrases(phrases),
    }));
    this.#runner = new ToolRunner({ box, actions, clock, language: languageOf(agent), ended });
  }

  /** Names of the tools that move the caller. */
  get moveNames(): string[] {
    const { box } = this.#parts;
    return box.definitions.flatMap(({ name }) => (name && box.find(name)?.kind === 'move' ? [name] : []));
  }

  /** The tools that run because the agent has said this. */
  triggeredBy(spoken: string): string[] {
    return this.#triggers.filter(({ phrases }) => phrases.occurIn(spoken)).map(({ name }) => name);
  }

  /** Runs them, and lets the brain say what is left to say. Never rejects. */
  async runTriggered(names: readonly string[], turn: AgentTurn): Promise<void> {
    const { history, options } = this.#parts;
    const calls = names.map((name) => ({ id: newId(options.clock.now()), name, arguments: {} }));
    const again = await this.#runner.run(calls, this.#stageFor(turn, history.addAssistant()));
    if (again) await this.answer(turn);
  }

  /** One answer, until all of it is on its way to the caller. Never rejects. */
  async answer(turn: AgentTurn): Promise<void> {
    const { options, reporter, voice, history, settings, box, ended } = this.#parts;
    const { brain, context, clock } = options;
    const thinker = { brain, settings, context, tools: box.definitions, history, clock };
    try {
      await think(
        thinker,
        {
          speak: (entry) => voice.open(turn, entry),
          firstToken: (at) => turn.marks?.mark('brainFirstToken', at),
          gave: (output) => reporter.emit({ type: 'model-output', output, turnId: turn.id }),
          runTools: (calls, entry) => this.#runner.run(calls, this.#stageFor(turn, entry)),
        },
        turn.signal,
      );
      if (turn.empty && !turn.signal.aborted) reporter.warn('brain-silent', `${brain.name} gave no words`);
    } catch (error) {
      reporter.warn('brain-failed', `${brain.name}: ${messageOf(error)}`);
      if (!turn.signal.aborted && !ended.aborted) this.#apologise(turn);
    }
  }

  #apologise(turn: AgentTurn): void {
    const { voice, history, options } = this.#parts;
    const text = apologyIn(languageOf(options.agent));
    voice.utter(text, turn, history.addAssistant(text));
  }

  #stageFor(turn: AgentTurn, entry: AssistantEntry): ToolStage {
    const { reporter, voice, history, line, options } = this.#parts;
    const { clock } = options;
    return {
      signal: turn.signal,
      announced: entry.content.trim() !== '',
      began: (call) => {
        turn.acted = true;
        entry.toolCalls.push({ ...call });
        reporter.record(toolCallMessage(call, clock.now()));
      },
      finished: (call, outcome) => {
        finish(entry, call, outcome.content);
        reporter.record(toolResultMessage(call, outcome, clock.now()));
      },
      say: async (text, place) => {
        if (turn.signal.aborted || text === '') return;
        await voice.utter(
          text,
          turn,
          place === 'before-result' ? aside(entry, text) : history.addAssistant(text),
        ).done;
      },
      hint: (text) => history.add('system', text),
      heard: () => turn.heard(),
      failed: (error) => reporter.warn('tool-failed', messageOf(error)),
      endCall: () => line.endCall(),
      sendDtmf: (keys) => line.sendDtmf(keys),
      holdCaller: () => line.holdCaller(),
      leaving: () => line.leaving(),
      staying: () => line.staying(turn),
      listening: (open) => line.listening(open, turn),
    };
  }
}

function finish(entry: AssistantEntry, { id, name }: ToolCall, content: string): void {
  const call = entry.toolCalls.find(
    (begun) => begun.id === id && begun.name === name && begun.result === undefined,
  );
  if (call) call.result = content;
}

function aside(entry: AssistantEntry, text: string): Words {
  const words = { content: text };
  entry.asides.push(words);
  return words;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
