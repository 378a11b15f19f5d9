import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { dialectFieldsPage } from '../../scripts/dialect-fields.ts';
import { DIALECT_FIELDS } from '../../src/api/dialect-fields.ts';
import type { FieldTable } from '../../src/api/server/field-table.ts';
import { fieldsOf, type SpecDocument } from '../support/spec-fields.ts';
import { readSpec, specsDir } from '../support/specs.ts';

/** The documents that the dialects answer to, in the folder of the vendors' documents. */
const DOCUMENTS: Record<string, string[]> = {
  Vapi: ['vapi-phone-numbers.openapi.json'],
  Vocode: [
    'vocode-numbers-update.openapi.json',
    'vocode-v1-2023-08-22.openapi.json',
    'vocode-v1-2024-08-27.openapi.json',
  ],
  Fluents: ['fluents.openapi.json'],
  'open.cx': ['opencx-phone.openapi.json'],
};

test('the page of fields is as the code has it', async () => {
  const page = await readFile(new URL('../../docs/reference/dialects.md', import.meta.url), 'utf8');
  assert.equal(page, dialectFieldsPage(), 'run node scripts/dialect-fields.ts --write');
});

const skip = specsDir() === undefined && "the vendors' documents are not here";

/** Fields of a document that the table of its dialect says nothing about. */
function missingIn(document: SpecDocument, table: FieldTable): string[] {
  const known = new Map(
    Object.values(table).flatMap(({ schemas, fields }) => schemas.map((name) => [name, fields] as const)),
  );
  return [...fieldsOf(document)].flatMap(([schema, names]) =>
    [...names]
      .filter((name) => !Object.hasOwn(known.get(schema) ?? {}, name))
      .map((name) => `${schema}.${name}`),
  );
}

const NEW = 'constructor';

/** The document with one more field in each of its objects, under a name that every object of the language has. */
function withNewFields(document: SpecDocument): SpecDocument {
  const copy = structuredClone(document);
  const extend = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const member of Object.values(node)) extend(member);
    const { properties, type } = node as { properties?: Record<string, unknown>; type?: unknown };
    // A field may itself be called "properties".
    if (type !== undefined && properties)
      Object.defineProperty(properties, NEW, { value: { type: 'string' }, enumerable: true });
  };
  extend(copy);
  return copy;
}

for (const [dialect, table] of Object.entries(DIALECT_FIELDS)) {
  const documents = () => (DOCUMENTS[dialect] ?? []).map((name) => readSpec(name) as unknown as SpecDocument);

  describe(`the table of ${dialect}`, { skip }, () => {
    test('leaves no field of a document without a word on what became of it', () => {
      assert.notEqual(documents().length, 0);
      for (const document of documents()) assert.deepEqual(missingIn(document, table), []);
    });

    test('lacks a field that any object of a document gets, until somebody says what became of it', () => {
      for (const document of documents()) {
        const owners = [...fieldsOf(document).keys()].filter((owner) => owner !== 'query');
        const missing = missingIn(withNewFields(document), table);
        assert.deepEqual(
          owners.filter((owner) => !missing.includes(`${owner}.${NEW}`)),
          [],
        );
      }
    });

    test('speaks of no object that no document has', () => {
      const owners = new Set(documents().flatMap((document) => [...fieldsOf(document).keys()]));
      const named = Object.values(table).flatMap(({ schemas }) => schemas);
      assert.deepEqual(
        named.filter((name) => !owners.has(name)),
        [],
      );
    });
  });
}
