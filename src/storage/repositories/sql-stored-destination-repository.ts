import type { StoredDestination } from '../../domain/numbers/stored-destination.ts';
import type { StoredDestinationRepository } from '../../domain/numbers/stored-destination-repository.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

export class SqlStoredDestinationRepository
  extends OwnedDocuments<StoredDestination>
  implements StoredDestinationRepository
{
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'transfer_destinations');
  }
}
