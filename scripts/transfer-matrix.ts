// docs/reference/transfers.md, made from the table that test/long/transfer-matrix.test.ts plays as real calls. `--write` puts it there.
import { readFile, writeFile } from 'node:fs/promises';
import { CASES, expected, impossible, MODES } from '../test/support/transfer-matrix.ts';

const PAGE = new URL('../docs/reference/transfers.md', import.meta.url);

const HEAD = `# Transfers: what becomes of each attempt

Every mode of the transfer plan by everything that may happen at the other end. It is made by \`node scripts/transfer-matrix.ts --write\` from the table that \`test/long/transfer-matrix.test.ts\` plays as real calls with telephones; a cell is a test that has passed.

A cell says the \`outcome\` of the record (\`artifact.transfers[]\`), then the vendor's \`status\`. Where \`sipVerb\` is \`refer\`, the caller's own telephone calls the operator and tells how that goes: whoever was connected is with others then, and his call with us is over (\`completed\`). How each mode goes: [the guide](../guides/transfers.md).
`;

/** The page as the table has it now. */
export function transferMatrixPage(): string {
  const head = ['mode', ...CASES.map(({ name }) => name)];
  const rows = MODES.map((mode) => [
    `\`${mode.name}\``,
    ...CASES.map((cell) => {
      const { outcome, status } = expected(mode, cell);
      return impossible(mode, cell) ?? `${outcome} / ${status}`;
    }),
  ]);
  const cases = CASES.map(({ name, outcome, status, sipStatus, caller }) => [
    name,
    outcome,
    status,
    sipStatus === undefined ? '' : String(sipStatus),
    caller,
  ]);
  return [
    HEAD,
    table(head, rows),
    '## The caller\n',
    table(['at the other end', 'outcome', 'status', 'SIP status', 'the caller is'], cases),
  ].join('\n');
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

if (process.argv.includes('--write')) await writeFile(PAGE, transferMatrixPage());
else if (import.meta.main) {
  const stale = (await readFile(PAGE, 'utf8').catch(() => '')) !== transferMatrixPage();
  process.stdout.write(`docs/reference/transfers.md is ${stale ? 'stale' : 'as the tests'}\n`);
}
