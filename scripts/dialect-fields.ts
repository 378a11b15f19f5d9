// docs/reference/dialects.md, made from the tables of the dialects. `--write` puts it there.
import { readFile, writeFile } from 'node:fs/promises';
import { DIALECT_FIELDS } from '../src/api/dialect-fields.ts';
import type { FieldFamily, FieldState } from '../src/api/server/field-table.ts';

const PAGE = new URL('../docs/reference/dialects.md', import.meta.url);
const HEAD = `# What became of each field

Every field of the documents that the dialects answer to (of Vocode: of a number's update, and of all routes of its first and its last revision), by object. It is made by \`node scripts/dialect-fields.ts --write\` from the tables beside the code (\`src/api/<dialect>/field-table.ts\`), and a test holds that no field of the documents is missing here.

- **does what it says**: the domain field that it is, the same for every dialect.
- **for people**: a name or a note, stored and shown; no call reads it.
- **kept**: stored and returned, without effect yet, for the reason given.
- **ignored**: taken, without a meaning here.
- **refused**: not taken, with the error.
`;

/** The page as the tables have it now. */
export function dialectFieldsPage(): string {
  const sections = Object.entries(DIALECT_FIELDS).map(([dialect, table]) => {
    const families = Object.entries(table).map(([name, family]) => familySection(name, family));
    return `## ${dialect}\n\n${families.join('\n')}`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

function familySection(name: string, { schemas, fields }: FieldFamily): string {
  const rows = Object.entries(fields).map(([field, state]) => `| \`${field}\` | ${describe(state)} |`);
  const of = schemas.map((schema) => `\`${schema}\``).join(', ');
  return `### ${name}\n${of}\n\n| field | |\n|---|---|\n${rows.join('\n')}\n`;
}

function describe(state: FieldState): string {
  if ('is' in state) return state.is;
  if ('kept' in state) return `kept: ${state.kept}`;
  if ('ignored' in state) return `ignored: ${state.ignored}`;
  return `refused: ${state.refused} (${state.error})`;
}

if (process.argv.includes('--write')) await writeFile(PAGE, dialectFieldsPage());
else if (import.meta.main) {
  const stale = (await readFile(PAGE, 'utf8').catch(() => '')) !== dialectFieldsPage();
  process.stdout.write(
    stale ? 'docs/reference/dialects.md is stale\n' : 'docs/reference/dialects.md is as the code\n',
  );
}
