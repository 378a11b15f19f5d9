/**
 * Loaded into each thread of a server under observation: collects garbage now and then. V8 leaves garbage lying for minutes
 * where a machine has memory to spare; collected, memory tells what is kept.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const EVERY_MS = 10_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
setInterval(collectGarbage, EVERY_MS).unref();
