import { isDeepStrictEqual } from 'node:util';
import type { Agent } from '../../../domain/agents/agent.ts';
import type { Server } from '../../../domain/server.ts';
import type { CallScene } from '../../../flow/server-messages.ts';

/** A server that can be reached. */
export type ReachableServer = Server & { url: string };

/** What is sent where the assistant does not say: the vendor's own list (docs.vapi.ai, `serverMessages`). */
export const DEFAULT_SERVER_MESSAGES = [
  'conversation-update',
  'end-of-call-report',
  'function-call',
  'hang',
  'speech-update',
  'status-update',
  'tool-calls',
  'transfer-destination-request',
  'handoff-destination-request',
  'user-interrupted',
  'assistant.started',
] as const;

const DEFAULTS: ReadonlySet<string> = new Set(DEFAULT_SERVER_MESSAGES);

/** The one server that takes an event: the tool's own, else the assistant's, the number's or the org's. */
export function chosenServer(
  { agent, number, org }: Pick<CallScene, 'agent' | 'number' | 'org'>,
  own?: Server,
): ReachableServer | undefined {
  return [own, agent?.server, number?.server, org?.server].find(isReachable);
}

function isReachable(server: Server | undefined): server is ReachableServer {
  return server?.url !== undefined;
}

/** Whether the assistant's server wants this kind of message; without an assistant the defaults count. */
export function isWanted(agent: Agent | undefined, type: string): boolean {
  return agent?.serverMessages ? agent.serverMessages.includes(type) : DEFAULTS.has(type);
}

/** Whether two servers are one and the same to a request: URL, headers, credential and all. */
export function isSameServer(one: Server, other: Server): boolean {
  if (one === other) return true;
  const { secret, ...settings } = one;
  const { secret: otherSecret, ...otherSettings } = other;
  return secret?.reveal() === otherSecret?.reveal() && isDeepStrictEqual(settings, otherSettings);
}
