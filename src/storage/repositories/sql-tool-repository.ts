import type { Tool } from '../../domain/tools/tool.ts';
import type { ToolRepository } from '../../domain/tools/tool-repository.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

export class SqlToolRepository extends OwnedDocuments<Tool> implements ToolRepository {
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'tools');
  }
}
