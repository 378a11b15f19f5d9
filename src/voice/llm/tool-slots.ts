import type { AgentTool } from '../../domain/agents/agent.ts';
import { callerIntent, spokenKeys } from './caller-intent.ts';
import { canonicalWord, spokenWords } from './english-words.ts';

/** An argument that a tool cannot do without. */
export interface Slot {
  name: string;
  type: 'string' | 'number' | 'boolean';
  values?: readonly string[];
  /** What the caller is asked for it. */
  question: string;
}

/** Slots asked for one after the other; a tool that needs more is not for a scripted call. */
const MAX_SLOTS = 12;
const MAX_VALUES = 30;

/** `bookTable`, `book_table` and `book-table` are "book table". */
export function toolWords(name: string): string {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[_\-.]/g, ' ')
    .toLowerCase();
}

function slotOf(name: string, schema: Record<string, unknown>): Slot {
  const spoken = toolWords(name);
  const values = Array.isArray(schema.enum)
    ? schema.enum.filter((value): value is string => typeof value === 'string').slice(0, MAX_VALUES)
    : [];
  const type =
    schema.type === 'number' || schema.type === 'integer'
      ? 'number'
      : schema.type === 'boolean'
        ? 'boolean'
        : 'string';
  const about =
    typeof schema.description === 'string' ? schema.description.trim().replace(/[.?!]+$/, '') : '';
  if (values.length > 0) {
    const last = values.at(-1) ?? '';
    const list = values.length === 1 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
    return { name, type: 'string', values, question: `Which ${spoken} would you like: ${list}?` };
  }
  if (type === 'boolean') return { name, type, question: `${capital(about || spoken)}, yes or no?` };
  const subject = about === '' ? `the ${spoken}` : about.charAt(0).toLowerCase() + about.slice(1);
  return { name, type, question: `Please tell me ${subject}.` };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The required arguments of a tool, in the order of its schema. */
export function slotsOf(tool: AgentTool): Slot[] {
  const { properties, required } = tool.parameters ?? {};
  if (typeof properties !== 'object' || properties === null || !Array.isArray(required)) return [];
  return Object.entries(properties as Record<string, unknown>)
    .filter(([name]) => required.includes(name))
    .slice(0, MAX_SLOTS)
    .map(([name, schema]) =>
      slotOf(name, typeof schema === 'object' && schema !== null ? { ...schema } : {}),
    );
}

function namedValue(values: readonly string[], text: string): string | undefined {
  const said = new Set(spokenWords(text).map(canonicalWord));
  return values.find((value) => {
    const words = spokenWords(toolWords(value)).map(canonicalWord);
    return words.length > 0 && words.every((word) => said.has(word));
  });
}

/** Reads a slot's value from what was said; undefined when it is not in there. */
export function slotValue(slot: Slot, text: string): unknown {
  if (slot.values) return namedValue(slot.values, text);
  if (slot.type === 'number') {
    const keys = spokenKeys(text);
    return /^\d{1,15}$/.test(keys) ? Number(keys) : undefined;
  }
  if (slot.type === 'boolean') {
    const intent = callerIntent(text);
    return intent === 'yes' ? true : intent === 'no' ? false : undefined;
  }
  return text.trim() === '' ? undefined : text.trim();
}

/** What the first request may tell already: a choice named in it. A free text or a number in it would be a guess. */
export function slotValueInRequest(slot: Slot, text: string): unknown {
  return slot.values ? namedValue(slot.values, text) : undefined;
}
