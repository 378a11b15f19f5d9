import type { Agent } from '../../../domain/agents/agent.ts';
import { LANGUAGES } from './schema.ts';

/** The agent's language where the vendor has it, without its country. */
export function shownLanguage({ transcriber }: Agent): string | undefined {
  const [language] = (transcriber?.language ?? '').toLowerCase().split('-', 1);
  return (LANGUAGES as readonly string[]).find((one) => one === language);
}
