import * as z from 'zod';
import type { Agent, AgentOverrides } from '../../domain/agents/agent.ts';
import type { Squad } from '../../domain/squads/squad.ts';

/** Whose an object is that is given in place, and when it came. */
export interface Origin {
  orgId: string;
  now: number;
}

/**
 * What holds itself through others: an assistant has tools, a tool hands over to an assistant or a squad, a squad has
 * assistants. Each file gives its own part when it is loaded and asks for the others' when a body is read, so that no
 * file imports in a circle.
 */
interface Nesting {
  assistantSchema: z.ZodType;
  overridesSchema: z.ZodType;
  squadSchema: z.ZodType;
  transferAssistantSchema: z.ZodType;
  /** @param body what the schema of the same thing gave. */
  toAgent(body: unknown, origin: Origin): Agent;
  toOverrides(body: unknown, origin: Origin): AgentOverrides;
  toSquad(body: unknown, origin: Origin): Squad;
  /** As it is given in place: without id, org and instants. */
  fromAgent(agent: Agent): Record<string, unknown>;
  fromOverrides(overrides: AgentOverrides): Record<string, unknown>;
  fromSquad(squad: Squad): Record<string, unknown>;
}

const parts: Partial<Nesting> = {};

export function provide(part: Partial<Nesting>): void {
  Object.assign(parts, part);
}

/** @throws {Error} when the file that gives this part was never loaded. */
export function nested<K extends keyof Nesting>(name: K): Nesting[K] {
  const part = parts[name];
  if (!part) throw new Error(`nothing gives ${name}`);
  return part;
}

/** A schema that is looked up when it is first used. */
export function nestedSchema(
  name: 'assistantSchema' | 'overridesSchema' | 'squadSchema' | 'transferAssistantSchema',
): z.ZodType {
  return z.lazy(() => nested(name));
}
