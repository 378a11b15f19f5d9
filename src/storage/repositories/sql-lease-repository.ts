import { sql } from 'kysely';
import type { LeaseRepository } from '../../domain/lease-repository.ts';
import type { Database } from '../database.ts';

/** Leases that one statement writes. */
const AT_ONCE = 200;

export class SqlLeaseRepository implements LeaseRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async hold(names: readonly string[], holder: string, now: number, expiresAt: number): Promise<string[]> {
    const held: string[] = [];
    for (const slice of slices(names)) {
      const rows = await this.#database.point((db) =>
        db
          .insertInto('leases')
          .values(slice.map((name) => ({ name, holder, expires_at: expiresAt })))
          .onConflict((conflict) =>
            conflict
              .column('name')
              .doUpdateSet({ holder, expires_at: expiresAt })
              .where(sql<boolean>`(leases.holder = ${holder} or leases.expires_at <= ${now})`),
          )
          .returning('name')
          .execute(),
      );
      held.push(...rows.map(({ name }) => name));
    }
    return held;
  }

  async release(names: readonly string[], holder: string): Promise<void> {
    for (const slice of slices(names))
      await this.#database.point((db) =>
        db.deleteFrom('leases').where('name', 'in', slice).where('holder', '=', holder).execute(),
      );
  }
}

/** In one order for everybody: processes that lock the same rows in different orders would block each other. */
function slices(names: readonly string[]): string[][] {
  const sorted = [...new Set(names)].toSorted();
  return Array.from({ length: Math.ceil(sorted.length / AT_ONCE) }, (_, at) =>
    sorted.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
}
