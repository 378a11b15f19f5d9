import type { Expression, Transaction } from 'kysely';
import type { Schema } from '../schema.ts';

/** Which passages are looked for: those of the org that have any of the words. */
export interface KnowledgeQuery {
  orgId: string;
  /** Letters and digits only. */
  words: readonly string[];
  limit: number;
}

/** Full-text search over `knowledge_passages`. */
export interface KnowledgeSearch {
  /** Makes the index where it is missing. */
  ensureSearch(tx: Transaction<Schema>): Promise<void>;
  /** A select of `serial` and `rank`, the best first; a smaller rank is better. */
  ranked(query: KnowledgeQuery): Expression<{ serial: number; rank: number }>;
}
