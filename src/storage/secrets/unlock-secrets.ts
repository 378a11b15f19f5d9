import type { Engine } from '../engines/engine.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import { SecretBox, SecretUnreadableError } from './secret-box.ts';
import { createSecretKey, findSecretKey, SECRET_KEY_FILE, type SecretKeySource } from './secret-key.ts';

const CHECK_KEY = 'secret-key-check';
const CHECK_PLACE = 'meta/secret-key-check';
const CHECK_TEXT = 'offhook';

/**
 * The box of this database. On the first start its key is made where none is given, and a check value is stored; from
 * then on another key, or none, is refused, before anything is sealed that the right key could not open.
 * @throws {StorageOpenError} `secret-key-missing`, `secret-key-wrong`, `secret-key-invalid`
 */
export async function unlockSecrets(engine: Engine, source: SecretKeySource): Promise<SecretBox> {
  return engine.main.transaction().execute(async (tx) => {
    await engine.lockSchema(tx);
    // Looked for under the lock: another process that starts on the same folder may just be making it.
    const found = await findSecretKey(source);
    const row = await tx.selectFrom('meta').select('value').where('key', '=', CHECK_KEY).executeTakeFirst();
    if (!row) {
      const box = new SecretBox([found ?? (await createSecretKey(source))]);
      await tx
        .insertInto('meta')
        .values({ key: CHECK_KEY, value: box.seal(CHECK_TEXT, CHECK_PLACE) })
        .execute();
      return box;
    }
    if (!found)
      throw new StorageOpenError(
        'secret-key-missing',
        `The secret key of this database is missing: set OFFHOOK_SECRET_KEY or put ${SECRET_KEY_FILE} back into the data folder.`,
      );
    const box = new SecretBox([found]);
    try {
      box.open(row.value, CHECK_PLACE);
    } catch (error) {
      if (!(error instanceof SecretUnreadableError)) throw error;
      throw new StorageOpenError(
        'secret-key-wrong',
        `${source.given !== undefined ? 'OFFHOOK_SECRET_KEY' : `The key in ${SECRET_KEY_FILE}`} is not the key that this database was made with.`,
        { cause: error },
      );
    }
    return box;
  });
}
