import type { AgentTool, BrainSettings } from '../../domain/agents/agent.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Brain } from '../llm/contract.ts';
import type { ToolCall } from '../tools/tool-runner.ts';
import type { ModelOutput } from './conversation.ts';
import type { AssistantEntry, History } from './history.ts';
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
  /** What the brain may call. */
  tools: AgentTool[];
  history: History;
  clock: Clock;
}

/** What a thought does to the call. */
export interface ThoughtEvents {
  /** Opens an utterance for the words of this answer. */
  speak(entry: AssistantEntry): Utterance;
  firstToken(at: number): void;
  /** One answer is complete. */
  gave(output: ModelOutput): void;
  /** Runs the tools that an answer calls. @returns whether the brain is to be asked again. */
  runTools(calls: ToolCall[], entry: AssistantEntry): Promise<boolean>;
}

/**
 * One turn of the brain: streams its words into an utterance, sentence by sentence, has the tools run that it calls and
 * asks again with their results, until nothing more is left to say.
 * @throws the brain's error. An abort ends it without one.
 */
export async function think(parts: ThinkerParts, events: ThoughtEvents, signal: AbortSignal): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS && !signal.aborted; round += 1) {
    const entry = parts.history.addAssistant();
    const calls = await answer(parts, events, entry, round === MOST_ROUNDS, signal);
    if (calls.length === 0 || signal.aborted) return;
    if (!(await events.runTools(calls, entry))) return;
  }
}

async function answer(
  parts: ThinkerParts,
  events: ThoughtEvents,
  entry: AssistantEntry,
  last: boolean,
  signal: AbortSignal,
): Promise<ToolCall[]> {
  const { brain, settings, context, tools, history, clock } = parts;
  const request = {
    messages: history.messages(),
    tools: last ? [] : tools,
    settings,
    context,
    signal,
  };
  const calls: ToolCall[] = [];
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
    if (!signal.aborted) {
      say(splitter.flush());
      events.gave({ text: entry.content, toolCalls: calls });
    }
  } finally {
    utterance?.endText();
  }
  return last ? [] : calls;
}
