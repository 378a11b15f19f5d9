import type { Engine } from '../engines/engine.ts';
import { StorageOpenError } from '../storage-open-error.ts';
import { KEY_CHECK, NEXT_KEY_CHECK, opensCheck, readCheck, sealCheck } from './key-check.ts';
import { SecretBox } from './secret-box.ts';
import { createSecretKey, findSecretKey, SECRET_KEY_FILE, type SecretKeySource } from './secret-key.ts';

/**
 * The box of this database. On the first start its key is made where none is given, and a check value is stored; from
 * then on another key, or none, is refused, before anything is sealed that the right key could not open.
 * @throws {StorageOpenError} `secret-key-missing`, `secret-key-wrong`, `secret-key-invalid`, `secret-rotation-unfinished`
 */
export async function unlockSecrets(engine: Engine, source: SecretKeySource): Promise<SecretBox> {
  return engine.main.transaction().execute(async (tx) => {
    await engine.lockSchema(tx);
    if ((await readCheck(tx, NEXT_KEY_CHECK)) !== undefined)
      throw new StorageOpenError(
        'secret-rotation-unfinished',
        'The secret key of this database is being changed, or the change broke off: run offhook secrets rotate again.',
      );
    // Looked for under the lock: another process that starts on the same folder may just be making it.
    const found = await findSecretKey(source);
    const check = await readCheck(tx, KEY_CHECK);
    if (check === undefined) {
      const box = new SecretBox([found ?? (await createSecretKey(source))]);
      await tx
        .insertInto('meta')
        .values({ key: KEY_CHECK, value: sealCheck(box, KEY_CHECK) })
        .execute();
      return box;
    }
    if (!found)
      throw new StorageOpenError(
        'secret-key-missing',
        `The secret key of this database is missing: set OFFHOOK_SECRET_KEY or put ${SECRET_KEY_FILE} back into the data folder.`,
      );
    const box = new SecretBox([found]);
    if (!opensCheck(box, KEY_CHECK, check))
      throw new StorageOpenError(
        'secret-key-wrong',
        `${source.given !== undefined ? 'OFFHOOK_SECRET_KEY' : `The key in ${SECRET_KEY_FILE}`} is not the key that this database was made with.`,
      );
    return box;
  });
}
