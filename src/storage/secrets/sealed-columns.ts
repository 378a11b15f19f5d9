import type { Schema } from '../schema.ts';

/** A column that the document codec writes. */
export interface SealedColumn {
  table: keyof Schema;
  column: string;
  /** Columns of a unique key; with the table's name they are the place that an envelope is bound to. */
  key: readonly string[];
}

const byId = (table: keyof Schema): SealedColumn => ({ table, column: 'doc', key: ['id'] });

/** Every column that may hold sealed secrets: what is not listed here keeps the old key when the key is changed. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  byId('orgs'),
  byId('api_keys'),
  byId('agents'),
  byId('credentials'),
  byId('numbers'),
  byId('squads'),
  byId('tools'),
  byId('parts'),
  byId('scenarios'),
  byId('knowledge_documents'),
  byId('transfer_destinations'),
  byId('calls'),
  { table: 'call_events', column: 'doc', key: ['call_id', 'seq'] },
  { table: 'deliveries', column: 'server', key: ['id'] },
  { table: 'outbound_orders', column: 'doc', key: ['call_id'] },
  { table: 'delivery_endpoints', column: 'doc', key: ['key'] },
];

/** Where a document is kept, as its envelopes know it. */
export function placeOf({ table }: SealedColumn, key: readonly unknown[]): string {
  return [table, ...key].join('/');
}
