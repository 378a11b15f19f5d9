import * as z from 'zod';
import type { SchemaRegistry } from '../server/dialect.ts';

/** What differs between two states of the vendor's API; the fields that both understand are the same. */
export interface VocodeRevision {
  /** Name of the dialect, as a key may name it. */
  readonly name: 'vocode' | 'vocode-2024';
  /** Day of the vendor's document. */
  readonly date: string;
  /** Version of the validator whose words errors are written in. */
  readonly pydantic: 1 | 2;
  /** A list is the bare array, or one page of it with its total. */
  readonly lists: 'array' | 'page';
  /** How an agent shows its prompt. */
  readonly prompts: 'text' | 'object';
  /** Null clears a field where the document lists it, and stands for what is unset in replies. */
  readonly knowsNull: boolean;
  /** Every number shows an agent, and an update of a number must name one. */
  readonly agentRequired: boolean;
  /** Schemas that the OpenAPI document of this revision names. */
  readonly components: SchemaRegistry;
}

/** The first revision that was published, of whose shapes the oldest clients are made. */
export const REVISION_2023: VocodeRevision = {
  name: 'vocode',
  date: '2023-08-22',
  pydantic: 1,
  lists: 'array',
  prompts: 'text',
  knowsNull: false,
  agentRequired: true,
  components: z.registry<{ id: string }>(),
};

/** The last revision. */
export const REVISION_2024: VocodeRevision = {
  name: 'vocode-2024',
  date: '2024-08-27',
  pydantic: 2,
  lists: 'page',
  prompts: 'object',
  knowsNull: true,
  agentRequired: false,
  components: z.registry<{ id: string }>(),
};

/** Makes something once for each revision: schemas must be the same objects wherever they are named. */
export function perRevision<T>(make: (revision: VocodeRevision) => T): (revision: VocodeRevision) => T {
  const made = new Map<VocodeRevision, T>();
  return (revision) => {
    const known = made.get(revision);
    if (known !== undefined) return known;
    const value = make(revision);
    made.set(revision, value);
    return value;
  };
}

/** Gives a schema its name in the OpenAPI document of a revision. */
export function named<S extends z.ZodType>(revision: VocodeRevision, id: string, schema: S): S {
  revision.components.add(schema, { id });
  return schema;
}

/** A reply without what is undefined and, where the revision knows no null, without what is null. */
export function shown<T extends object>(revision: VocodeRevision, value: T): Record<string, unknown> {
  const kept = Object.entries(value).filter(
    ([, member]) => member !== undefined && (revision.knowsNull || member !== null),
  );
  return Object.fromEntries(kept);
}
