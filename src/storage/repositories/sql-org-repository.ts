import type { Kysely } from 'kysely';
import { ExchangeError } from '../../domain/errors.ts';
import type { ApiKey, Org } from '../../domain/orgs/org.ts';
import type { OrgRepository } from '../../domain/orgs/org-repository.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';

interface Row {
  id: string;
  doc: string;
}

export class SqlOrgRepository implements OrgRepository {
  readonly #database: Database;
  readonly #codec: DocumentCodec;

  constructor(database: Database, codec: DocumentCodec) {
    this.#database = database;
    this.#codec = codec;
  }

  async insertOrg(org: Org): Promise<void> {
    const row = { id: org.id, created_at: org.createdAt, doc: this.#codec.encode(org, `orgs/${org.id}`) };
    await this.#database.point((db) => db.insertInto('orgs').values(row).execute());
  }

  async getOrg(id: string): Promise<Org | undefined> {
    const row = await this.#database.point((db) =>
      db.selectFrom('orgs').select(['id', 'doc']).where('id', '=', id).executeTakeFirst(),
    );
    return row && this.#org(row);
  }

  updateOrg(id: string, change: (org: Org) => Org): Promise<Org | undefined> {
    return this.#database.transaction(async (tx) => {
      const row = await tx
        .selectFrom('orgs')
        .select(['id', 'doc'])
        .where('id', '=', id)
        .$if(this.#database.engine.rowLocks, (query) => query.forUpdate())
        .executeTakeFirst();
      if (!row) return undefined;
      const next = change(this.#org(row));
      if (next.id !== id) throw new TypeError('a change may not give an org another id');
      await tx
        .updateTable('orgs')
        .set({ doc: this.#codec.encode(next, `orgs/${id}`) })
        .where('id', '=', id)
        .execute();
      return next;
    });
  }

  async listOrgs(): Promise<Org[]> {
    const rows = await this.#database.point((db) =>
      db.selectFrom('orgs').select(['id', 'doc']).orderBy('created_at').orderBy('id').execute(),
    );
    return rows.map((row) => this.#org(row));
  }

  async insertKey(key: ApiKey, hash: string): Promise<void> {
    const row = {
      id: key.id,
      org_id: key.orgId,
      hash,
      prefix: key.prefix,
      created_at: key.createdAt,
      revoked_at: key.revokedAt ?? null,
      doc: this.#encodeKey(key),
    };
    await this.#database.point((db) => db.insertInto('api_keys').values(row).execute());
  }

  async findKey(hash: string): Promise<ApiKey | undefined> {
    const row = await this.#database.point((db) => liveKeys(db).where('hash', '=', hash).executeTakeFirst());
    return row && this.#key(row);
  }

  async listKeys(orgId?: string): Promise<ApiKey[]> {
    const rows = await this.#database.point((db) => {
      const keys = db.selectFrom('api_keys').select(['id', 'doc']).orderBy('created_at').orderBy('id');
      return (orgId === undefined ? keys : keys.where('org_id', '=', orgId)).execute();
    });
    return rows.map((row) => this.#key(row));
  }

  /** @throws {ExchangeError} `request-invalid` when several keys have this prefix: the id tells them apart. */
  revokeKey(idOrPrefix: string, at: number): Promise<ApiKey | undefined> {
    return this.#database.transaction(async (tx) => {
      const rows = await liveKeys(tx)
        .where((eb) => eb.or([eb('id', '=', idOrPrefix), eb('prefix', '=', idOrPrefix)]))
        .$if(this.#database.engine.rowLocks, (query) => query.forUpdate())
        .execute();
      const row = rows.find(({ id }) => id === idOrPrefix) ?? rows[0];
      if (!row) return undefined;
      if (row.id !== idOrPrefix && rows.length > 1)
        throw new ExchangeError(
          'request-invalid',
          `several keys begin with ${idOrPrefix}: name one by its id`,
        );
      const revoked: ApiKey = { ...this.#key(row), revokedAt: at };
      await tx
        .updateTable('api_keys')
        .set({ revoked_at: at, doc: this.#encodeKey(revoked) })
        .where('id', '=', revoked.id)
        .execute();
      return revoked;
    });
  }

  #org({ id, doc }: Row): Org {
    return this.#codec.decode<Org>(doc, `orgs/${id}`);
  }

  #key({ id, doc }: Row): ApiKey {
    return this.#codec.decode<ApiKey>(doc, `api_keys/${id}`);
  }

  #encodeKey(key: ApiKey): string {
    return this.#codec.encode(key, `api_keys/${key.id}`);
  }
}

function liveKeys(db: Kysely<Schema>) {
  return db.selectFrom('api_keys').select(['id', 'doc']).where('revoked_at', 'is', null);
}
