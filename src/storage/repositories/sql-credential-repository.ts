import type { Kysely } from 'kysely';
import type { Credential } from '../../domain/credentials/credential.ts';
import type { CredentialRepository } from '../../domain/credentials/credential-repository.ts';
import { inboundNetworks, isTrunk } from '../../domain/trunks/trunk.ts';
import { Emitter } from '../../lib/emitter.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

/** Writes the networks of a trunk with the trunk, in one transaction; they go with it when it is removed. */
export class SqlCredentialRepository extends OwnedDocuments<Credential> implements CredentialRepository {
  /** Id of a credential whose write is on disk. */
  readonly changed = new Emitter<string>();
  readonly #database: Database;

  constructor(database: Database, codec: DocumentCodec) {
    super(database, codec, 'credentials', ({ provider }) => ({ provider }));
    this.#database = database;
  }

  override async insert(credential: Credential): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await this.insertInto(tx, credential);
      await writeNetworks(tx, credential);
    });
    this.changed.emit(credential.id);
  }

  override async update(
    orgId: string,
    id: string,
    change: (credential: Credential) => Credential,
  ): Promise<Credential | undefined> {
    const updated = await this.#database.transaction(async (tx) => {
      const current = await this.lock(tx, orgId, id);
      if (!current) return undefined;
      const next = change(current.value);
      await this.replace(tx, current.value, next);
      await tx.deleteFrom('trunk_networks').where('credential_id', '=', id).execute();
      await writeNetworks(tx, next);
      return next;
    });
    if (updated) this.changed.emit(id);
    return updated;
  }

  override async remove(orgId: string, id: string): Promise<Credential | undefined> {
    const removed = await super.remove(orgId, id);
    if (removed) this.changed.emit(id);
    return removed;
  }
}

async function writeNetworks(tx: Kysely<Schema>, credential: Credential): Promise<void> {
  const networks = isTrunk(credential) ? inboundNetworks(credential) : [];
  if (networks.length === 0) return;
  const rows = networks.map((network) => ({ network, credential_id: credential.id }));
  await tx.insertInto('trunk_networks').values(rows).execute();
}
