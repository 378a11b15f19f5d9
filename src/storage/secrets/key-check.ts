import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { type SecretBox, SecretUnreadableError } from './secret-box.ts';

/** Row of `meta` that tells which key a database is sealed with. */
export const KEY_CHECK = 'secret-key-check';
/** The same of the key that a rotation goes to; it is there only until the rotation is done. */
export const NEXT_KEY_CHECK = 'secret-key-next';
const CHECK_TEXT = 'offhook';

type CheckRow = typeof KEY_CHECK | typeof NEXT_KEY_CHECK;

/** What is stored for a key. */
export function sealCheck(box: SecretBox, row: CheckRow): string {
  return box.seal(CHECK_TEXT, `meta/${row}`);
}

/** Whether what is stored was made with a key of the box. */
export function opensCheck(box: SecretBox, row: CheckRow, envelope: string): boolean {
  try {
    return box.open(envelope, `meta/${row}`) === CHECK_TEXT;
  } catch (error) {
    if (error instanceof SecretUnreadableError) return false;
    throw error;
  }
}

export async function readCheck(db: Kysely<Schema>, row: CheckRow): Promise<string | undefined> {
  const found = await db.selectFrom('meta').select('value').where('key', '=', row).executeTakeFirst();
  return found?.value;
}
