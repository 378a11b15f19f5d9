import type { Agent } from '../../domain/agents/agent.ts';
import type { AgentRepository } from '../../domain/agents/agent-repository.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

export class SqlAgentRepository extends OwnedDocuments<Agent> implements AgentRepository {
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'agents');
  }
}
