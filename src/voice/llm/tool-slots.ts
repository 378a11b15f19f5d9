import type { AgentTool, ToolDestination } from '../../domain/agents/agent.ts';
import { destinationName } from '../tools/destination-names.ts';
import { callerIntent, spokenKeys } from './caller-intent.ts';
import { canonicalWord, spokenWords } from './english-words.ts';
import { destinationLabel } from './transfer-words.ts';

/** An argument that a tool cannot do without. */
export interface Slot {
  name: string;
  type: 'string' | 'number' | 'boolean';
  values?: readonly string[];
  /** What callers say for each of the values, where it is not the value itself. */
  labels?: readonly string[];
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
    return { name, type: 'string', values, question: `Which ${spoken} would you like: ${listed(values)}?` };
  }
  if (type === 'boolean') return { name, type, question: `${capital(about || spoken)}, yes or no?` };
  const subject = about === '' ? `the ${spoken}` : about.charAt(0).toLowerCase() + about.slice(1);
  return { name, type, question: `Please tell me ${subject}.` };
}

function listed(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length === 1 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

/** Whom to transfer to, by the names that callers use. */
function destinationSlot(name: string, destinations: readonly ToolDestination[]): Slot {
  const known = destinations.slice(0, MAX_VALUES);
  const labels = known.map(destinationLabel);
  return {
    name,
    type: 'string',
    values: known.map(destinationName),
    labels,
    question: `Who would you like to speak to: ${listed(labels)}?`,
  };
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
    .map(([name, schema]) => {
      if (name === 'destination' && tool.destinations?.length) {
        return destinationSlot(name, tool.destinations);
      }
      return slotOf(name, typeof schema === 'object' && schema !== null ? { ...schema } : {});
    });
}

function namedValue({ values = [], labels = values }: Slot, text: string): string | undefined {
  const said = new Set(spokenWords(text).map(canonicalWord));
  const index = labels.findIndex((label) => {
    const words = spokenWords(toolWords(label)).map(canonicalWord);
    return words.length > 0 && words.every((word) => said.has(word));
  });
  return values[index];
}

/** Reads a slot's value from what was said; undefined when it is not in there. */
export function slotValue(slot: Slot, text: string): unknown {
  if (slot.values) return namedValue(slot, text);
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

/** What the first request may tell already: a choice named in it, or the only one. A free text or a number in it would be a guess. */
export function slotValueInRequest(slot: Slot, text: string): unknown {
  if (slot.values?.length === 1) return slot.values[0];
  return slot.values ? namedValue(slot, text) : undefined;
}
