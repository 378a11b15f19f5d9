import { sql } from 'kysely';
import type { KnowledgeSearch } from './knowledge-search.ts';

// `english` finds the forms of English words and leaves out words without a meaning of their own; words of other
// languages are found as they are written.
const SEARCH = [
  `alter table knowledge_passages add column if not exists search tsvector
     generated always as (to_tsvector('english', title || ' ' || text)) stored`,
  'create index if not exists knowledge_passages_search on knowledge_passages using gin (search)',
];

export const postgresKnowledge: KnowledgeSearch = {
  async ensureSearch(tx) {
    for (const statement of SEARCH) await sql.raw(statement).execute(tx);
  },
  ranked({ orgId, words, limit }) {
    const query = words.map((word) => `'${word}'`).join(' | ');
    // The rank is divided by the logarithm of the length (1), so that long passages do not win by their length alone.
    return sql`select passage.serial as serial, -ts_rank(passage.search, asked, 1) as rank
      from knowledge_passages as passage, to_tsquery('english', ${query}) as asked
      where passage.org_id = ${orgId} and passage.search @@ asked
      order by rank, passage.serial limit ${limit}`;
  },
};
