import type { ListQuery } from '../page.ts';
import type { Agent } from './agent.ts';

export interface AgentRepository {
  insert(agent: Agent): Promise<void>;
  get(orgId: string, id: string): Promise<Agent | undefined>;
  list(orgId: string, query: ListQuery): Promise<Agent[]>;
  /** Replaces the row by what `change` makes of it, in one transaction. */
  update(orgId: string, id: string, change: (agent: Agent) => Agent): Promise<Agent | undefined>;
  remove(orgId: string, id: string): Promise<Agent | undefined>;
}
