import type { Agent } from '../../domain/agents/agent.ts';
import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import { detachedWhereChanged } from '../../domain/parts/agent-copies.ts';
import { AgentDocuments } from './agent-documents.ts';

export class SqlAgentRepository extends AgentDocuments implements AgentRepository {
  override update(orgId: string, id: string, change: (agent: Agent) => Agent): Promise<Agent | undefined> {
    return super.update(orgId, id, (agent) => detachedWhereChanged(agent, change(agent)));
  }
}
