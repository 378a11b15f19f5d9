import * as z from 'zod';
import type { SchemaRegistry } from '../server/dialect.ts';

/** Schemas that the OpenAPI document of this dialect names. */
export const components: SchemaRegistry = z.registry<{ id: string }>();

/** Gives a schema its name in the OpenAPI document. */
export function named<S extends z.ZodType>(id: string, schema: S): S {
  components.add(schema, { id });
  return schema;
}
