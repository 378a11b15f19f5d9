import type { Bench } from './bench.ts';
import { loadAtStart, machineFacts } from './measure/machine.ts';
import { asSection, writePerformancePage } from './report/performance-page.ts';
import { asText } from './report/table.ts';

/** Each bench is loaded when it is asked for: one whose peer program is missing must not keep the others from running. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  api: async () => (await import('./api/api-bench.ts')).apiBench,
  sip: async () => (await import('./sip/sip-bench.ts')).sipBench,
  overload: async () => (await import('./sip/overload-bench.ts')).overloadBench,
  routing: async () => (await import('./routing/routing-bench.ts')).routingBench,
  media: async () => (await import('./media/media-bench.ts')).mediaBench,
  bridge: async () => (await import('./bridge/bridge-benches.ts')).bridgeBenches,
  turn: async () => (await import('./turn/turn-bench.ts')).turnBench,
  webhooks: async () => (await import('./webhooks/webhooks-bench.ts')).webhooksBench,
};

const FLAGS = ['--short', '--write', '--markdown'];

const USAGE = `npm run bench [${Object.keys(BENCHES).join(' | ')}] [--short] [--write | --markdown]
  --short     a few seconds a bench; rough figures
  --markdown  prints the sections as Markdown too
  --write     puts the sections into docs/reference/performance.md`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(name: string, flags: ReadonlySet<string>): Promise<void> {
  const load = loadAtStart();
  const short = flags.has('--short');
  const startedAt = performance.now();
  say(`\n${name}: ${machineFacts()}; ${load}`);
  const bench = await BENCHES[name]?.();
  const report = await bench?.({ short, say: (line) => say(`  ${line}`) });
  if (!report) throw new Error(`there is no bench ${name}`);
  say(`\n${report.title}`);
  for (const paragraph of report.about) say(`  ${paragraph}`);
  for (const table of report.tables) say(`\n${asText(table)}`);
  say(`\n  took ${Math.round((performance.now() - startedAt) / 1000)} s`);
  const facts = {
    name,
    command: `npm run bench ${name}${short ? ' --short' : ''}`,
    machine: machineFacts(),
    date: new Date().toISOString().slice(0, 10),
    load,
  };
  if (flags.has('--markdown')) say(asSection(report, facts));
  if (flags.has('--write')) await writePerformancePage(report, facts);
}

/** `npm run bench api --short` without `--` makes npm keep the flag for itself, as a setting in the environment. */
function takenByNpm(): string[] {
  return FLAGS.filter((flag) => process.env[`npm_config_${flag.slice(2)}`] === 'true');
}

async function main(words: string[]): Promise<void> {
  const flags = new Set([...words.filter((word) => word.startsWith('-')), ...takenByNpm()]);
  const named = words.filter((word) => !word.startsWith('-'));
  if ([...flags].some((flag) => !FLAGS.includes(flag)) || named.some((name) => !(name in BENCHES))) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 1;
    return;
  }
  for (const name of named.length > 0 ? named : Object.keys(BENCHES)) {
    try {
      await run(name, flags);
    } catch (error) {
      process.stderr.write(`bench ${name} failed: ${(error as Error).stack ?? error}\n`);
      process.exitCode = 1;
    }
  }
}

await main(process.argv.slice(2));
