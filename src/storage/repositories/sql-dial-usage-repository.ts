import { sql } from 'kysely';
import type { DialUsageRepository } from '../../domain/orgs/dial-usage-repository.ts';
import type { Database } from '../database.ts';

export class SqlDialUsageRepository implements DialUsageRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async addMinutes(orgId: string, day: string, minutes: number): Promise<void> {
    await this.#database.point((db) =>
      db
        .insertInto('dial_usage')
        .values({ org_id: orgId, day, minutes })
        .onConflict((conflict) =>
          conflict
            .columns(['org_id', 'day'])
            .doUpdateSet({ minutes: sql<number>`dial_usage.minutes + excluded.minutes` }),
        )
        .execute(),
    );
  }

  async minutesOn(orgId: string, day: string): Promise<number> {
    const row = await this.#database.point((db) =>
      db
        .selectFrom('dial_usage')
        .select('minutes')
        .where('org_id', '=', orgId)
        .where('day', '=', day)
        .executeTakeFirst(),
    );
    return Number(row?.minutes ?? 0);
  }
}
