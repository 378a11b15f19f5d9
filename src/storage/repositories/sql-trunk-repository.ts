import { sql } from 'kysely';
import { networksAround } from '../../domain/trunks/ipv4-network.ts';
import { isTrunk, type Trunk } from '../../domain/trunks/trunk.ts';
import type { TrunkRepository, TrunkStamp } from '../../domain/trunks/trunk-repository.ts';
import type { Database } from '../database.ts';
import type { SqlCredentialRepository } from './sql-credential-repository.ts';

/** As it stands in the partial index over the trunks alone. */
const IS_TRUNK = sql<boolean>`provider = 'byo-sip-trunk'`;

/** Trunks are credentials; here they are found without knowing whose they are. */
export class SqlTrunkRepository implements TrunkRepository {
  readonly #database: Database;
  readonly #credentials: SqlCredentialRepository;

  constructor(database: Database, credentials: SqlCredentialRepository) {
    this.#database = database;
    this.#credentials = credentials;
  }

  async find(id: string): Promise<Trunk | undefined> {
    const [found] = await this.#credentials.find((query) => query.where('id', '=', id).where(IS_TRUNK));
    return found && isTrunk(found) ? found : undefined;
  }

  async findBySource(address: string, limit: number): Promise<Trunk[]> {
    const networks = networksAround(address);
    if (networks.length === 0) return [];
    const keys = sql.join(networks);
    const found = await this.#credentials.find((query) =>
      query
        .where(sql<boolean>`id in (select credential_id from trunk_networks where network in (${keys}))`)
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit),
    );
    return found.filter(isTrunk);
  }

  async stamps(after: string | undefined, limit: number): Promise<TrunkStamp[]> {
    const rows = await this.#database.scan((db) =>
      db
        .selectFrom('credentials')
        .select(['id', 'updated_at'])
        .where(IS_TRUNK)
        .where('id', '>', after ?? '')
        .orderBy('id')
        .limit(limit)
        .execute(),
    );
    return rows.map(({ id, updated_at }) => ({ id, updatedAt: updated_at }));
  }
}
