import { sql } from 'kysely';
import type { KnowledgeSearch } from './knowledge-search.ts';

// The index holds no copy of the text and follows the table by triggers; passages are never updated. `porter` finds
// the forms of English words, `unicode61` the words of any script, without regard to accents.
const SEARCH = [
  `create virtual table if not exists knowledge_search using fts5(
     title, text, content='knowledge_passages', content_rowid='serial',
     tokenize="porter unicode61 remove_diacritics 2")`,
  `create trigger if not exists knowledge_search_insert after insert on knowledge_passages begin
     insert into knowledge_search(rowid, title, text) values (new.serial, new.title, new.text);
   end`,
  `create trigger if not exists knowledge_search_delete after delete on knowledge_passages begin
     insert into knowledge_search(knowledge_search, rowid, title, text)
       values ('delete', old.serial, old.title, old.text);
   end`,
];

export const sqliteKnowledge: KnowledgeSearch = {
  async ensureSearch(tx) {
    for (const statement of SEARCH) await sql.raw(statement).execute(tx);
  },
  ranked({ orgId, words, limit }) {
    const match = words.map((word) => `"${word}"`).join(' OR ');
    return sql`select passage.serial as serial, knowledge_search.rank as rank
      from knowledge_search cross join knowledge_passages as passage
      where knowledge_search match ${match} and passage.serial = knowledge_search.rowid
        and passage.org_id = ${orgId}
      order by knowledge_search.rank, passage.serial limit ${limit}`;
  },
};
