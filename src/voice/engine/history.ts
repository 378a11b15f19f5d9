import type { BrainMessage } from '../llm/contract.ts';

export interface RunToolCall {
  id: string;
  name: string;
  arguments: unknown;
  /** Unset until the tool has run. */
  result?: string;
}

/** One answer of the brain: what it said and did. */
export interface AssistantEntry {
  role: 'assistant';
  /** As it was generated; cut to what was heard when the caller interrupts. */
  content: string;
  toolCalls: RunToolCall[];
}

/** The conversation as the brain remembers it: what was heard, not what was meant to be said. */
export class History {
  readonly #prompt: readonly BrainMessage[];
  readonly #entries: ({ role: 'user'; content: string } | AssistantEntry)[] = [];

  constructor(prompt: readonly BrainMessage[]) {
    this.#prompt = prompt;
  }

  addUser(content: string): void {
    this.#entries.push({ role: 'user', content });
  }

  /** Begins an answer; the entry is filled while it is spoken. */
  addAssistant(content = ''): AssistantEntry {
    const entry: AssistantEntry = { role: 'assistant', content, toolCalls: [] };
    this.#entries.push(entry);
    return entry;
  }

  /** Answers without words are left out, and so are calls without result: vendors refuse both. */
  messages(): BrainMessage[] {
    return [...this.#prompt, ...this.#entries.flatMap(messagesOf)];
  }
}

function messagesOf(entry: { role: 'user'; content: string } | AssistantEntry): BrainMessage[] {
  if (entry.role === 'user') return [entry];
  const content = entry.content.trim();
  const done = entry.toolCalls.filter((call) => call.result !== undefined);
  if (done.length === 0) return content === '' ? [] : [{ role: 'assistant', content }];
  const toolCalls = done.map(({ id, name, arguments: input }) => ({ id, name, arguments: input }));
  return [
    { role: 'assistant', content, toolCalls },
    ...done.map(
      ({ id, name, result }): BrainMessage => ({ role: 'tool', toolCallId: id, name, content: result ?? '' }),
    ),
  ];
}
