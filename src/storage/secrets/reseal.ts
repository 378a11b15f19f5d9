import { sql, type Transaction } from 'kysely';
import type { Engine } from '../engines/engine.ts';
import type { Schema } from '../schema.ts';
import { DocumentCodec } from './document-codec.ts';
import { placeOf, SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts';
import { keyIdOf, SecretBox, SecretUnreadableError } from './secret-box.ts';

/** Rows of one transaction: few enough to keep it short, many enough that the waiting for the disk is shared. */
const BATCH_ROWS = 100;

export interface Resealed {
  rows: number;
  /** Places of documents that the old key does not open either: they stay as they are. */
  unreadable: string[];
}

interface Keys {
  oldKey: Buffer;
  newKey: Buffer;
}

/**
 * Seals every secret anew that the old key sealed. Each batch of rows is one transaction; a run that was broken off
 * is taken up by the next, since a row under the new key is no longer found.
 * @param onBatch called after each commit with the rows done so far.
 */
export async function resealAll(
  engine: Engine,
  keys: Keys,
  onBatch: (rows: number) => void,
): Promise<Resealed> {
  const codec = new DocumentCodec(new SecretBox([keys.newKey, keys.oldKey]));
  const result: Resealed = { rows: 0, unreadable: [] };
  for (const column of SEALED_COLUMNS) {
    let after: readonly unknown[] | undefined;
    do {
      after = await engine.main.transaction().execute(async (tx) => {
        const batch = await sealedRows(tx, column, keyIdOf(keys.oldKey), after);
        for (const row of batch) await reseal(tx, column, row, codec, result);
        return batch.length < BATCH_ROWS ? undefined : batch.at(-1)?.key;
      });
      if (result.rows > 0) onBatch(result.rows);
    } while (after !== undefined);
  }
  return result;
}

interface SealedRow {
  key: readonly unknown[];
  text: string;
}

/** Rows behind `after` in the order of their key that hold an envelope of the old key. */
async function sealedRows(
  tx: Transaction<Schema>,
  { table, column, key }: SealedColumn,
  oldKeyId: string,
  after: readonly unknown[] | undefined,
): Promise<SealedRow[]> {
  const keyColumns = sql.join(key.map((name) => sql.ref(name)));
  const beyond = after ? sql`(${keyColumns}) > (${sql.join([...after])})` : sql`1 = 1`;
  const pattern = `%"$secret":"v1:${oldKeyId}:%`;
  const { rows } = await sql<Record<string, unknown>>`
    select ${keyColumns}, ${sql.ref(column)} from ${sql.table(table)}
    where ${beyond} and ${sql.ref(column)} like ${pattern}
    order by ${keyColumns} limit ${BATCH_ROWS}`.execute(tx);
  return rows.map((row) => ({ key: key.map((name) => row[name]), text: String(row[column]) }));
}

async function reseal(
  tx: Transaction<Schema>,
  column: SealedColumn,
  { key, text }: SealedRow,
  codec: DocumentCodec,
  result: Resealed,
): Promise<void> {
  const place = placeOf(column, key);
  let resealed: string;
  try {
    resealed = codec.encode(codec.decode<object>(text, place), place);
  } catch (error) {
    if (!(error instanceof SecretUnreadableError)) throw error;
    result.unreadable.push(place);
    return;
  }
  const matches = sql.join(
    column.key.map((name, index) => sql`${sql.ref(name)} = ${key[index]}`),
    sql` and `,
  );
  await sql`
    update ${sql.table(column.table)} set ${sql.ref(column.column)} = ${resealed} where ${matches}`.execute(
    tx,
  );
  result.rows += 1;
}
