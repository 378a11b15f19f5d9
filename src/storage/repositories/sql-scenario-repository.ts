import type { Scenario } from '../../domain/knowledge/knowledge.ts';
import type { ScenarioRepository } from '../../domain/knowledge/knowledge-repository.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

export class SqlScenarioRepository extends OwnedDocuments<Scenario> implements ScenarioRepository {
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'scenarios');
  }
}
