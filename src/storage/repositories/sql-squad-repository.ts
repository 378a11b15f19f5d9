import type { Squad } from '../../domain/squads/squad.ts';
import type { SquadRepository } from '../../domain/squads/squad-repository.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

export class SqlSquadRepository extends OwnedDocuments<Squad> implements SquadRepository {
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'squads');
  }
}
