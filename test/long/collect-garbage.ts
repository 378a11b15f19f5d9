/**
 * Loaded into each thread of a server under observation: collects garbage now and then. V8 leaves garbage lying for minutes
 * where a machine has memory to spare; collected, memory tells what is kept.
 */
import { garbageCollector } from '../support/garbage-collector.ts';

const EVERY_MS = 10_000;

setInterval(garbageCollector(), EVERY_MS).unref();
