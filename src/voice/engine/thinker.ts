import type { BrainSettings } from '../../domain/agents/agent.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Brain } from '../llm/contract.ts';
import type { ToolLine } from '../tools/contract.ts';
import type { ToolBox } from '../tools/tool-box.ts';
import type { AssistantEntry, History, RunToolCall } from './history.ts';
import { readWithin } from './read-within.ts';
import { SentenceSplitter } from './sentence-splitter.ts';
import type { Utterance } from './utterance.ts';

/** Requests of one turn: a model that calls tools in circles is then made to answer without them. */
const MOST_ROUNDS = 6;
/** Tool calls of one answer; the rest is left undone. */
const MOST_CALLS = 16;
/** A brain silent for so long has hung; the vendor's own default for a model server is the same 20 s. */
const BRAIN_IDLE_MS = 20_000;

export interface ThinkerParts {
  brain: Brain;
  settings: BrainSettings;
  context: Record<string, unknown>;
  tools: ToolBox;
  history: History;
  clock: Clock;
}

/** What a thought does to the call. */
export interface ThoughtEvents {
  /** Opens an utterance for the words of this answer. */
  speak(entry: AssistantEntry): Utterance;
  firstToken(at: number): void;
  toolRun(call: RunToolCall, at: number): void;
  readonly line: ToolLine;
}

/**
 * One turn of the brain: streams its words into an utterance, sentence by sentence, runs the tools it calls and asks
 * again with their results, until it has nothing more to call.
 * @throws the brain's error. An abort ends it without one.
 */
export async function think(parts: ThinkerParts, events: ThoughtEvents, signal: AbortSignal): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS && !signal.aborted; round += 1) {
    const entry = parts.history.addAssistant();
    const calls = await answer(parts, events, entry, round === MOST_ROUNDS, signal);
    if (calls.length === 0 || signal.aborted) return;
    let over = false;
    for (const call of calls) {
      const result = parts.tools.run(call.name, call.arguments, events.line);
      call.result = result.content;
      entry.toolCalls.push(call);
      events.toolRun(call, parts.clock.now());
      over ||= result.endsTurn === true;
    }
    if (over) return;
  }
}

async function answer(
  parts: ThinkerParts,
  events: ThoughtEvents,
  entry: AssistantEntry,
  last: boolean,
  signal: AbortSignal,
): Promise<RunToolCall[]> {
  const { brain, settings, context, tools, history, clock } = parts;
  const request = {
    messages: history.messages(),
    tools: last ? [] : tools.definitions,
    settings,
    context,
    signal,
  };
  const calls: RunToolCall[] = [];
  const splitter = new SentenceSplitter();
  let utterance: Utterance | undefined;
  const say = (sentences: string[]) => {
    for (const sentence of sentences) {
      entry.content += sentence;
      utterance ??= events.speak(entry);
      utterance.add(sentence);
    }
  };
  try {
    const limits = { clock, signal, idleMs: BRAIN_IDLE_MS, what: `the brain ${brain.name}` };
    for await (const chunk of readWithin(brain.respond(request), limits)) {
      if (chunk.type !== 'finished') events.firstToken(clock.now());
      if (chunk.type === 'text') say(splitter.push(chunk.text));
      else if (chunk.type === 'tool-call' && calls.length < MOST_CALLS) {
        calls.push({ id: chunk.id, name: chunk.name, arguments: chunk.arguments });
      }
    }
    if (!signal.aborted) say(splitter.flush());
  } finally {
    utterance?.endText();
  }
  return last ? [] : calls;
}
