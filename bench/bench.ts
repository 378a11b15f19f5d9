import type { Table } from './report/table.ts';

export interface BenchOptions {
  /** A few seconds instead of a minute: shows that the bench works, its figures are rough. */
  short: boolean;
  /** Tells the person at the terminal what goes on. */
  say(line: string): void;
}

/** What one bench found, in the words that go into docs/reference/performance.md. */
export interface BenchReport {
  title: string;
  /** What was measured and how, one paragraph each. */
  about: string[];
  tables: Table[];
}

export type Bench = (options: BenchOptions) => Promise<BenchReport>;
