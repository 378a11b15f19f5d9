import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NumberBinding, PhoneNumber } from '../../src/domain/numbers/number.ts';
import { newId } from '../../src/lib/ids.ts';
import { addressScope, searchTextOf, sipUserOf } from '../../src/storage/repositories/number-keys.ts';
import { DocumentCodec } from '../../src/storage/secrets/document-codec.ts';
import { SecretBox } from '../../src/storage/secrets/secret-box.ts';

/** KiB of pages that the seeding may hold, so that the upper levels of all indexes stay in memory. */
const SEED_CACHE_KIB = 1_048_576;
/** The first seeded number: +1 555 000 0000 and upwards. */
const FIRST_ADDRESS = 15_550_000_000;
const SEARCH_TRIGGER = 'number_search_insert';
/** Every so many numbers one keeps its id for the load generator. */
const SAMPLES = 2_000;

export interface Seeded {
  /** Ids spread evenly over all. */
  ids: string[];
  tookMs: number;
}

/**
 * Fills the numbers of an org straight into its SQLite file, in one transaction and without syncing: the repository
 * syncs each insert, which is what POST is measured by, and would take hours here. Rows are made by the storage's own
 * codec and keys; the search index is filled in one statement with what its trigger would have put into it row by row,
 * three times as slowly. The bench then reads and searches them through the repository.
 * The file must not be open elsewhere.
 */
export function seedNumbers(
  dataDir: string,
  orgId: string,
  count: number,
  binding: NumberBinding = {},
): Seeded {
  const startedAt = performance.now();
  const database = new DatabaseSync(join(dataDir, 'offhook.db'));
  // A number without digest credentials has no secret: any key will do for its document.
  const codec = new DocumentCodec(new SecretBox([randomBytes(32)]));
  try {
    database.exec(`pragma synchronous = off; pragma cache_size = -${SEED_CACHE_KIB}; begin immediate`);
    const trigger = takeSearchTrigger(database);
    const insert = database.prepare(
      `insert into numbers (id, org_id, created_at, updated_at, doc, address, address_scope, sip_user, search_text)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const ids: string[] = [];
    const every = Math.max(1, Math.floor(count / SAMPLES));
    for (let index = 0; index < count; index += 1) {
      const number = { ...seededNumber(orgId, index, Date.now() - (count - index)), binding };
      const { id, createdAt, address = null, sipUri } = number;
      const doc = codec.encode(number, `numbers/${id}`);
      const user = sipUserOf(sipUri) ?? null;
      insert.run(
        id,
        orgId,
        createdAt,
        createdAt,
        doc,
        address,
        addressScope(number),
        user,
        searchTextOf(number),
      );
      if (index % every === 0) ids.push(id);
    }
    database.exec('insert into number_search(rowid, search_text) select serial, search_text from numbers');
    database.exec(`${trigger}; commit; pragma wal_checkpoint(truncate)`);
    return { ids, tookMs: performance.now() - startedAt };
  } finally {
    database.close();
  }
}

/** Drops the trigger that feeds the search index. @returns the statement that makes it again. */
function takeSearchTrigger(database: DatabaseSync): string {
  const row = database.prepare(`select sql from sqlite_master where name = '${SEARCH_TRIGGER}'`).get();
  if (typeof row?.sql !== 'string') throw new Error(`the store has no trigger ${SEARCH_TRIGGER}`);
  database.exec(`drop trigger ${SEARCH_TRIGGER}`);
  return row.sql;
}

/** A number as POST /phone-number of the provider `vapi` makes it, with an E.164 number beside its SIP URI. */
function seededNumber(orgId: string, index: number, createdAt: number): PhoneNumber {
  const address = `+${FIRST_ADDRESS + index}`;
  return {
    id: newId(createdAt),
    orgId,
    carrier: 'sip',
    address,
    e164CheckEnabled: true,
    sipUri: `sip:line-${index}@sip.bench.test`,
    name: `Line ${index}`,
    status: 'active',
    binding: {},
    extras: {},
    createdAt,
    updatedAt: createdAt,
  };
}
