import type { Agent } from '../../domain/agents/agent.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

/** The rows of agents, with the columns by which the agents of a part are found. */
export class AgentDocuments extends OwnedDocuments<Agent> {
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'agents', ({ partIds = {} }) => ({
      prompt_id: partIds.prompt ?? null,
      voice_id: partIds.voice ?? null,
      webhook_id: partIds.webhook ?? null,
      vector_database_id: partIds.vectorDatabase ?? null,
    }));
  }
}
