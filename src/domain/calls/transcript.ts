import type { CallMessage } from './call.ts';

const SPEAKERS: Partial<Record<CallMessage['role'], string>> = { agent: 'AI', user: 'User' };

/** What was said, one line for each turn of either side. */
export function transcriptOf(messages: readonly CallMessage[]): string {
  return messages
    .flatMap(({ role, message }) => (SPEAKERS[role] ? [`${SPEAKERS[role]}: ${message}\n`] : []))
    .join('');
}
