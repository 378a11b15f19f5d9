import { FIELD_TABLE as fluents } from './fluents/field-table.ts';
import { FIELD_TABLE as opencx } from './opencx/field-table.ts';
import type { FieldTable } from './server/field-table.ts';
import { FIELD_TABLE as vapi } from './vapi/field-table.ts';
import { FIELD_TABLE as vocode } from './vocode/field-table.ts';

/** The tables of all dialects, by the vendor's name. */
export const DIALECT_FIELDS: Readonly<Record<string, FieldTable>> = {
  Vapi: vapi,
  Vocode: vocode,
  Fluents: fluents,
  'open.cx': opencx,
};
