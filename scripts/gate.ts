// The gate: every check in turn, each with its time; the first that fails ends it with exit code 1.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

interface Step {
  name: string;
  /** Part of the gate that it belongs to. */
  part: 'check' | 'unit' | 'conformance' | 'e2e' | 'long';
  command: string[];
}

/** Real calls share two cores: more files at once than this and the callers wait for the processor, not for us. */
const E2E_CONCURRENCY = 2;
/** The peers count a response that is late by a tenth of a second as a failure. */
const INTEROP_CONCURRENCY = 1;

function tests(patterns: string[], options: string[] = []): string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern)).sort();
  return [
    'node',
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    ...options,
    ...files,
  ];
}

const STEPS: Step[] = [
  { name: 'format and lint', part: 'check', command: ['biome', 'ci', '--colors=off', '.'] },
  { name: 'types', part: 'check', command: ['tsc', '--noEmit'] },
  { name: 'import walls', part: 'check', command: ['depcruise', 'src', '--output-type', 'err'] },
  { name: 'dead code', part: 'check', command: ['knip'] },
  { name: 'unit tests', part: 'unit', command: tests(['src/**/*.test.ts']) },
  {
    name: 'conformance and fuzz',
    part: 'conformance',
    command: tests(['test/conformance/**/*.test.ts', 'test/fuzz/**/*.test.ts']),
  },
  {
    name: 'end to end',
    part: 'e2e',
    command: tests(['test/e2e/**/*.test.ts'], [`--test-concurrency=${E2E_CONCURRENCY}`]),
  },
  {
    name: 'interoperability',
    part: 'e2e',
    command: tests(['test/interop/**/*.test.ts'], [`--test-concurrency=${INTEROP_CONCURRENCY}`]),
  },
  { name: 'long tests', part: 'long', command: tests(['test/long/**/*.test.ts'], ['--test-concurrency=1']) },
];

const wanted = process.argv.slice(2);
const steps = STEPS.filter(({ part }) => (wanted.length === 0 ? part !== 'long' : wanted.includes(part)));
const startedAt = Date.now();
for (const { name, command } of steps) {
  const stepStartedAt = Date.now();
  process.stdout.write(`\n=== ${name}\n`);
  const [program, ...args] = command as [string, ...string[]];
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  const took = ((Date.now() - stepStartedAt) / 1000).toFixed(1);
  if (error) process.stderr.write(`${program} could not be run: ${error.message}\n`);
  if (status !== 0) {
    process.stderr.write(`\n=== ${name} FAILED after ${took} s\n`);
    process.exit(1);
  }
  process.stdout.write(`=== ${name}: passed in ${took} s\n`);
}
process.stdout.write(`\nthe gate passed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s\n`);
