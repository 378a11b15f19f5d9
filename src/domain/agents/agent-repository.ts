import type { ListQuery, Page } from '../page.ts';
import type { Agent } from './agent.ts';

export interface AgentRepository {
  insert(agent: Agent): Promise<void>;
  get(orgId: string, id: string): Promise<Agent | undefined>;
  list(orgId: string, query: ListQuery): Promise<Agent[]>;
  page(orgId: string, query: ListQuery): Promise<Page<Agent>>;
  /**
   * Replaces the row by what `change` makes of it, in one transaction. Where it changes the copy of a stored part, the
   * agent lets go of that part; `PartRepository` changes parts.
   */
  update(orgId: string, id: string, change: (agent: Agent) => Agent): Promise<Agent | undefined>;
  remove(orgId: string, id: string): Promise<Agent | undefined>;
}
