import { type Kysely, sql } from 'kysely';
import type { KnowledgeDocument, KnowledgePassage } from '../../domain/knowledge/knowledge.ts';
import type { KnowledgeRepository } from '../../domain/knowledge/knowledge-repository.ts';
import { passagesOf } from '../../domain/knowledge/passages.ts';
import { questionWords } from '../../domain/knowledge/question-words.ts';
import type { ListQuery } from '../../domain/page.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { DocumentCodec } from '../secrets/document-codec.ts';
import { OwnedDocuments } from './owned-documents.ts';

/** Passages per statement: bounds the statement's parameters. */
const PASSAGES_PER_INSERT = 50;

export class SqlKnowledgeRepository implements KnowledgeRepository {
  readonly #database: Database;
  readonly #documents: OwnedDocuments<KnowledgeDocument>;

  constructor(database: Database, codec: DocumentCodec) {
    this.#database = database;
    this.#documents = new OwnedDocuments<KnowledgeDocument>(database, codec, 'knowledge_documents');
  }

  insert(document: KnowledgeDocument): Promise<void> {
    return this.#database.transaction(async (tx) => {
      await this.#documents.insertInto(tx, document);
      await insertPassages(tx, document);
    });
  }

  get(orgId: string, id: string): Promise<KnowledgeDocument | undefined> {
    return this.#documents.get(orgId, id);
  }

  list(orgId: string, query: ListQuery): Promise<KnowledgeDocument[]> {
    return this.#documents.list(orgId, query);
  }

  /** Its passages go with it. */
  remove(orgId: string, id: string): Promise<KnowledgeDocument | undefined> {
    return this.#documents.remove(orgId, id);
  }

  async search(orgId: string, question: string, limit: number): Promise<KnowledgePassage[]> {
    const words = questionWords(question);
    if (words.length === 0) return [];
    const { ranked } = this.#database.engine.knowledge;
    const { rows } = await this.#database.scan((db) =>
      sql<KnowledgePassage>`
        select passage.document_id as "documentId", passage.title as title, passage.text as text
        from (${ranked({ orgId, words, limit })}) as found
        join knowledge_passages as passage on passage.serial = found.serial
        order by found.rank, found.serial`.execute(db),
    );
    return rows;
  }
}

async function insertPassages(tx: Kysely<Schema>, document: KnowledgeDocument): Promise<void> {
  const { id, orgId, title } = document;
  const rows = passagesOf(document).map((text) => ({ document_id: id, org_id: orgId, title, text }));
  for (let start = 0; start < rows.length; start += PASSAGES_PER_INSERT)
    await tx
      .insertInto('knowledge_passages')
      .values(rows.slice(start, start + PASSAGES_PER_INSERT))
      .execute();
}
