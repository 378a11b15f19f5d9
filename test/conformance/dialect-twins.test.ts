import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DIALECT_FIELDS } from '../../src/api/dialect-fields.ts';

const API = new URL('../../src/api/', import.meta.url);
/** What every dialect of a vendor has in its own folder. */
const DIALECT_FILES = ['context.ts', 'dialect.ts', 'errors.ts', 'field-table.ts', 'fields.ts'];
/** What each kind of thing has that routes are for: how it is asked for, and how it is read or written. */
const RESOURCE_FILES = ['routes.ts', 'schema.ts'];
const MAPPERS = ['from-domain.ts', 'to-domain.ts'];

const filesOf = (folder: string) => readdirSync(new URL(folder, API));
const foldersOf = (folder: string) =>
  readdirSync(new URL(folder, API), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** What they share has its own folder, with the form of the tables. */
const SHARED = 'server';
const dialects = foldersOf('').filter(
  (folder) => folder !== SHARED && filesOf(folder).includes('field-table.ts'),
);

describe('the dialects are twins', () => {
  test('each has its folder, and its table of fields', () => {
    const folders = Object.keys(DIALECT_FIELDS).map((name) => name.toLowerCase().replace('.', ''));
    assert.deepEqual(dialects.toSorted(), folders.toSorted());
  });

  for (const dialect of dialects) {
    test(`${dialect} has the files that all have`, () => {
      const files = filesOf(dialect);
      assert.deepEqual(
        DIALECT_FILES.filter((name) => !files.includes(name)),
        [],
      );
    });

    test(`${dialect} has for each kind of thing the same files`, () => {
      const resources = foldersOf(dialect).filter((name) =>
        filesOf(`${dialect}/${name}`).includes('routes.ts'),
      );
      assert.notEqual(resources.length, 0);
      for (const resource of resources) {
        const files = filesOf(`${dialect}/${resource}`);
        const missing = RESOURCE_FILES.filter((name) => !files.includes(name));
        assert.deepEqual(missing, [], resource);
        // What is refused whole (SMS of Fluents) has nothing to map.
        const isMapped = files.some((name) => MAPPERS.includes(name));
        assert.ok(isMapped || `${dialect}/${resource}` === 'fluents/messages', resource);
      }
    });
  }
});
