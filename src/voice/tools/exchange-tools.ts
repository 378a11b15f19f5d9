import type { AgentTool, CollectedField } from '../../domain/agents/agent.ts';

/** Tools that an agent has by its settings rather than by its list; the exchange runs them itself. */
const TYPES = ['searchKnowledge', 'saveFields', 'markDoNotCall'] as const;

export type ExchangeToolType = (typeof TYPES)[number];

const KNOWN: ReadonlySet<string> = new Set(TYPES);

export function isExchangeTool(tool: AgentTool): tool is AgentTool & { type: ExchangeToolType } {
  return KNOWN.has(tool.type);
}

/** Looks a question up in the documents of the org. */
export function searchKnowledgeTool(): AgentTool {
  return {
    type: 'searchKnowledge',
    name: 'search_knowledge',
    description:
      'Searches the documents of the company. Use it for every question of fact before you answer; answer from what it finds.',
    parameters: {
      type: 'object',
      properties: { question: { type: 'string', description: 'What to look for.' } },
      required: ['question'],
    },
    settings: {},
  };
}

/** Keeps what the caller has told. One call may give some fields and the next one others. */
export function saveFieldsTool(fields: readonly CollectedField[]): AgentTool {
  return {
    type: 'saveFields',
    name: 'save_fields',
    description: 'Saves what the caller has told you. Call it as soon as you know one of the fields.',
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        fields.map((field) => [field.name, { type: 'string', description: aboutField(field) }]),
      ),
    },
    settings: {},
  };
}

export function markDoNotCallTool(): AgentTool {
  return {
    type: 'markDoNotCall',
    name: 'mark_do_not_call',
    description:
      'Notes that the caller does not want to be called again. Use it whenever the caller says so.',
    parameters: { type: 'object', properties: {} },
    settings: {},
  };
}

/** What a field is, for a model. */
export function aboutField({ name, label, description, type }: CollectedField): string {
  const about = [label, description].filter((text) => text !== undefined && text !== '').join(', ');
  const kind = type?.replace(/^field_type_/, '').replaceAll('_', ' ');
  return [about === '' ? name : about, ...(kind ? [`of type ${kind}`] : [])].join(', ');
}
