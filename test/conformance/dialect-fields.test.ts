import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { dialectFieldsPage } from '../../scripts/dialect-fields.ts';
import { DIALECT_FIELDS } from '../../src/api/dialect-fields.ts';
import { fieldsOf, type SpecDocument } from '../support/spec-fields.ts';
import { readSpec, specsDir } from '../support/specs.ts';

/** The documents that the dialects answer to, in the folder of the vendors' documents. */
const DOCUMENTS: Record<string, string> = {
  Vapi: 'vapi-phone-numbers.openapi.json',
  Vocode: 'vocode-numbers-update.openapi.json',
  Fluents: 'fluents.openapi.json',
  'open.cx': 'opencx-phone.openapi.json',
};

test('the page of fields is as the code has it', async () => {
  const page = await readFile(new URL('../../docs/reference/dialects.md', import.meta.url), 'utf8');
  assert.equal(page, dialectFieldsPage(), 'run node scripts/dialect-fields.ts --write');
});

const skip = specsDir() === undefined && "the vendors' documents are not here";

describe('no field of a document is without a word on what became of it', () => {
  for (const [dialect, table] of Object.entries(DIALECT_FIELDS)) {
    test(dialect, { skip }, () => {
      const document = readSpec(DOCUMENTS[dialect] ?? '') as unknown as SpecDocument;
      const known = new Map(
        Object.values(table).flatMap(({ schemas, fields }) => schemas.map((name) => [name, fields] as const)),
      );
      const missing = [...fieldsOf(document)].flatMap(([schema, names]) =>
        [...names].filter((name) => !(name in (known.get(schema) ?? {}))).map((name) => `${schema}.${name}`),
      );
      assert.deepEqual(missing, []);
    });
  }
});
