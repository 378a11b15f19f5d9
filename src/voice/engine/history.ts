import type { BrainMessage } from '../llm/contract.ts';
import { type HandoverMode, handedHistory, type TransferCalls, wholeHistory } from './handed-history.ts';

/** Told to the brain of a call whose result is not there yet: without it, the brain would call again. */
const STILL_RUNNING = 'It is still running; there is no result yet.';

export interface RunToolCall {
  id: string;
  name: string;
  arguments: unknown;
  /** Unset until the tool has run. */
  result?: string;
}

/** Words of the agent: as they were generated, cut to what was heard when the caller interrupts. */
export interface Words {
  content: string;
}

/** One answer of the brain: what it said and did. */
export interface AssistantEntry extends Words {
  role: 'assistant';
  /** Calls that were begun. */
  toolCalls: RunToolCall[];
  /** What was said for the tools until their results were there. */
  asides: Words[];
}

/** The conversation as the brain remembers it: what was heard, not what was meant to be said. */
export class History {
  readonly #inherited: readonly BrainMessage[];
  #prompt: readonly BrainMessage[] = [];
  readonly #entries: ({ role: 'user' | 'system'; content: string } | AssistantEntry)[] = [];

  /** @param inherited what another agent handed over. */
  constructor(inherited: readonly BrainMessage[] = []) {
    this.#inherited = inherited;
  }

  /** Sets what the brain is told of its task. */
  begin(prompt: readonly BrainMessage[]): void {
    this.#prompt = prompt;
  }

  add(role: 'user' | 'system', content: string): void {
    this.#entries.push({ role, content });
  }

  /** Begins an answer; the entry is filled while it is spoken. */
  addAssistant(content = ''): AssistantEntry {
    const entry: AssistantEntry = { role: 'assistant', content, toolCalls: [], asides: [] };
    this.#entries.push(entry);
    return entry;
  }

  /** Answers without words are left out: vendors refuse them. */
  messages(): BrainMessage[] {
    return wholeHistory(this.#parts());
  }

  /** What the next agent is given. */
  handed(mode: HandoverMode, transfers: TransferCalls): BrainMessage[] {
    return handedHistory(this.#parts(), mode, transfers);
  }

  #parts() {
    return {
      inherited: this.#inherited,
      prompt: this.#prompt,
      own: this.#entries.flatMap(messagesOf),
    };
  }
}

function messagesOf(entry: { role: 'user' | 'system'; content: string } | AssistantEntry): BrainMessage[] {
  if (entry.role !== 'assistant') return [{ role: entry.role, content: entry.content }];
  // In one message with the calls: the results must follow it at once, and nothing may stand behind them.
  const content = [entry, ...entry.asides]
    .map((words) => words.content.trim())
    .filter((text) => text !== '')
    .join(' ');
  if (entry.toolCalls.length === 0) return content === '' ? [] : [{ role: 'assistant', content }];
  const toolCalls = entry.toolCalls.map(({ id, name, arguments: input }) => ({ id, name, arguments: input }));
  return [
    { role: 'assistant', content, toolCalls },
    ...entry.toolCalls.map(
      ({ id, name, result = STILL_RUNNING }): BrainMessage => ({
        role: 'tool',
        toolCallId: id,
        name,
        content: result,
      }),
    ),
  ];
}
