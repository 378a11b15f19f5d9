/**
 * A process that changes the secret key of a store and says so after each batch: `batch <rows>`, at the end `done`.
 * Run as `node secret-rotator.ts <data folder> [<database URL>]`; it may be killed at any moment.
 */
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { rotateSecrets } from '../../src/storage/secrets/rotate-secrets.ts';

const STDOUT = 1;

const [dataDir = '', databaseUrl] = process.argv.slice(2);
await rotateSecrets({
  dataDir,
  databaseUrl,
  clock: systemClock,
  logger: silentLogger,
  // Synchronous: a line that was written is out even if the process dies with the next instruction.
  onBatch: (rows) => writeSync(STDOUT, `batch ${rows}\n`),
});
writeSync(STDOUT, 'done\n');
