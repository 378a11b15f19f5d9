import type { PhoneNumber } from './number.ts';

/**
 * The header by which a trusted caller chooses who answers. open.cx leaves its name to the server, which tells it with
 * the inbound trunk (`agent_id_header`).
 */
export const AGENT_ID_HEADER = 'X-Phone-Agent-Id';

/**
 * The agent that the caller asks for. He is heard only on numbers with an account of their own: by the time the call is
 * routed he has shown that he knows its password.
 * @param headers names in lower case
 */
export function requestedAgentId(
  { authentication }: Pick<PhoneNumber, 'authentication'>,
  headers: Record<string, string>,
): string | undefined {
  if (!authentication) return undefined;
  const id = headers[AGENT_ID_HEADER.toLowerCase()]?.trim().toLowerCase();
  return id === '' ? undefined : id;
}
