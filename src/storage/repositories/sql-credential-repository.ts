import type { Credential } from '../../domain/credentials/credential.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import type { Database } from '../database.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

export class SqlCredentialRepository extends OwnedDocuments<Credential> implements CredentialRepository {
  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'credentials');
  }
}
