import type { AgentTool, ToolDestination } from '../../domain/agents/agent.ts';
import { destinationName } from '../tools/destination-names.ts';
import { spokenWords } from './english-words.ts';

/** Types of tools that move the caller. */
const MOVES: ReadonlySet<string> = new Set(['transferCall', 'handoff']);

/** What callers say who want somebody else, whoever that is. */
export const TRANSFER_WORDS = 'transfer connect speak talk switch put through hand over forward';

/** How callers ask for it; `%` is whom they want. */
export const TRANSFER_REQUESTS: readonly string[] = [
  'transfer me',
  'please transfer me',
  'can you transfer me',
  'please transfer my call',
  'connect me please',
  'please put me through',
];
export const TRANSFER_REQUESTS_TO: readonly string[] = [
  '%',
  '% please',
  'transfer me to %',
  'please transfer me to %',
  'can you transfer me to %',
  'connect me to %',
  'please connect me to %',
  'can i speak to %',
  'can i talk to %',
  'i want to speak to %',
  'i would like to talk to %',
];

/** A description of more words explains when to transfer, not whom to. */
const MOST_LABEL_WORDS = 3;

export function movesCaller(tool: AgentTool): boolean {
  return MOVES.has(tool.type);
}

/** What a caller calls a destination: the agent's name, a short description, the user part of an address. */
export function destinationLabel(destination: ToolDestination): string {
  const { description = '' } = destination;
  const described = spokenWords(description);
  if (described.length > 0 && described.length <= MOST_LABEL_WORDS) return described.join(' ');
  const name = destinationName(destination);
  const user = /^sips?:([^@;?]+)@/i.exec(name)?.[1] ?? name;
  return user
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[_\-.]/g, ' ')
    .toLowerCase();
}
