// Writes the parts of docs/reference that are made from the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationTable } from '../src/config/reference.ts';

const page = new URL('../docs/reference/configuration.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const table = /^\| Setting \|.*\n(\|.*\n)+/m;
writeFileSync(
  page,
  text.replace(table, () => `${configurationTable()}\n`),
);
