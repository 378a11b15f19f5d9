/**
 * A process that writes numbers and says of each that it was acknowledged: `ack <id>`, or `failed <code>`.
 * Run as `node storage-writer.ts <data folder>`; it stops when its standard input ends or it is killed.
 */
import { writeSync } from 'node:fs';
import { ExchangeError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { aNumber } from './storage-samples.ts';

const STDOUT = 1;
/** Characters of ballast per row, so that a limit on the size of files is soon met. */
const BALLAST = 8_000;
/** Milliseconds between attempts while the disk is full. */
const RETRY_MS = 20;

let stopped = false;
process.stdin.on('end', () => {
  stopped = true;
});
process.stdin.resume();

const storage = await openStorage({
  dataDir: process.argv[2] as string,
  clock: systemClock,
  logger: silentLogger,
});
while (!stopped) {
  const number = aNumber({ name: 'written', extras: { vapi: { ballast: 'x'.repeat(BALLAST) } } });
  try {
    await storage.numbers.insert(number);
    // Synchronous: a line that was written is out even if the process dies with the next instruction.
    writeSync(STDOUT, `ack ${number.id}\n`);
  } catch (error) {
    writeSync(STDOUT, `failed ${error instanceof ExchangeError ? error.code : String(error)}\n`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
await storage.close();
