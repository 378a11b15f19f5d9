import type { ImportOutcome, ImportRow } from './import-house.ts';

/** Longest name shown, in characters. */
const MAX_NAME_LENGTH = 40;
const OUTCOMES: readonly ImportOutcome[] = ['created', 'updated', 'unchanged', 'left'];

/** What came over, as cells of a table, with the notes of each row below it. */
export interface ImportReport {
  head: string[];
  rows: { cells: string[]; notes: string[] }[];
  summary: string;
}

export function importReport(rows: readonly ImportRow[], isDryRun: boolean): ImportReport {
  const counts = OUTCOMES.map((outcome) => {
    const count = rows.filter((row) => row.outcome === outcome).length;
    return `${count} ${outcome}`;
  });
  const written = isDryRun ? 'Nothing was written. A run without --dry-run would give: ' : '';
  return {
    head: ['KIND', 'NAME', 'OUTCOME', 'ID HERE', 'ID AT THE SOURCE'],
    rows: rows.map(({ kind, name, outcome, id, sourceId, notes }) => ({
      cells: [kind, shortened(printable(name)), outcome, id ?? '-', sourceId].map(printable),
      notes: notes.map(printable),
    })),
    summary: `${written}${counts.join(', ')}`,
  };
}

/** Names come from elsewhere: none of them may steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_NAME_LENGTH
    ? text
    : `${characters.slice(0, MAX_NAME_LENGTH - 3).join('')}...`;
}
