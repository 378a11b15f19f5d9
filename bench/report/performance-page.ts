import { readFile, writeFile } from 'node:fs/promises';
import type { BenchReport } from '../bench.ts';
import { asMarkdown } from './table.ts';

const PAGE = new URL('../../docs/reference/performance.md', import.meta.url);
const INTRODUCTION = `# Performance

Figures of \`npm run bench\`, each beside a reference measured in the same run. Ratios and CPU per unit carry over to other machines; wall-clock figures belong to the machine and the load they were taken on. Each section below is written by \`npm run bench <name> --write\`.
`;

/** Where and how a bench was run. */
export interface RunFacts {
  name: string;
  command: string;
  machine: string;
  date: string;
  load: string;
}

export function asSection(report: BenchReport, { name, command, machine, date, load }: RunFacts): string {
  return [
    beginMark(name),
    `## ${report.title}`,
    '',
    `\`${command}\`, ${date}, ${machine}; ${load}.`,
    '',
    ...report.about.flatMap((paragraph) => [paragraph, '']),
    ...report.tables.flatMap((table) => [asMarkdown(table), '']),
    endMark(name),
  ].join('\n');
}

/** Puts a section in the place of the one that this bench wrote before, or at the end. */
export function withSection(page: string, name: string, section: string): string {
  const begin = page.indexOf(beginMark(name));
  const end = page.indexOf(endMark(name));
  if (begin < 0 || end < begin) return `${page.trimEnd()}\n\n${section}\n`;
  return page.slice(0, begin) + section + page.slice(end + endMark(name).length);
}

/** Writes the section into the page, which it begins where there is none. */
export async function writePerformancePage(report: BenchReport, facts: RunFacts): Promise<void> {
  const page = await readFile(PAGE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return INTRODUCTION;
    throw error;
  });
  await writeFile(PAGE, withSection(page, facts.name, asSection(report, facts)));
}

function beginMark(name: string): string {
  return `<!-- bench:${name} -->`;
}

function endMark(name: string): string {
  return `<!-- /bench:${name} -->`;
}
