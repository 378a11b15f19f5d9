import type { KnowledgeRepository } from '../../../domain/knowledge/knowledge-repository.ts';
import type { Clock } from '../../../lib/clock.ts';
import { newId } from '../../../lib/ids.ts';
import { type Route, route } from '../../server/route.ts';
import { known } from '../known.ts';
import { idParams } from '../schema.ts';
import { shownSlice, sliceQuery } from '../slices.ts';
import { fromDocument, fromDocumentInDetail } from './from-domain.ts';
import {
  createDocumentSchema,
  documentDetailSchema,
  documentSchema,
  documentSliceSchema,
  passagesSchema,
  searchQuery,
} from './schema.ts';

const tag = 'Knowledge';

export interface KnowledgeContext {
  knowledge: KnowledgeRepository;
  clock: Clock;
}

/** What the org's agents may look up while they talk. A document that changes is removed and given anew. */
export function knowledgeRoutes(context: KnowledgeContext): Route[] {
  return [...writingRoutes(context), ...readingRoutes(context)];
}

function writingRoutes({ knowledge, clock }: KnowledgeContext): Route[] {
  return [
    route({
      method: 'POST',
      path: '/knowledge',
      operationId: 'createKnowledgeDocument',
      summary: 'Give a document to look things up in, text or Markdown',
      tag,
      body: createDocumentSchema,
      status: 201,
      response: documentSchema,
      handle: async ({ orgId, body }) => {
        const now = clock.now();
        const document = { id: newId(now), orgId, ...body, createdAt: now, updatedAt: now };
        await knowledge.insert(document);
        return fromDocument(document);
      },
    }),
    route({
      method: 'DELETE',
      path: '/knowledge/:id',
      operationId: 'deleteKnowledgeDocument',
      summary: 'Remove a document; nothing of it is found any more',
      tag,
      params: idParams,
      status: 200,
      response: documentSchema,
      handle: async ({ orgId, params }) =>
        fromDocument(known(await knowledge.remove(orgId, params.id), 'document')),
    }),
  ];
}

function readingRoutes({ knowledge }: KnowledgeContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/knowledge',
      operationId: 'listKnowledgeDocuments',
      summary: 'The documents, the newest first',
      tag,
      query: sliceQuery,
      status: 200,
      response: documentSliceSchema,
      handle: ({ orgId, query }) => shownSlice(query, (slice) => knowledge.list(orgId, slice), fromDocument),
    }),
    route({
      method: 'GET',
      path: '/knowledge/search',
      operationId: 'searchKnowledge',
      summary: 'The passages that an agent would be given for a question, the best first',
      tag,
      query: searchQuery,
      status: 200,
      response: passagesSchema,
      handle: async ({ orgId, query }) => ({ items: await knowledge.search(orgId, query.q, query.limit) }),
    }),
    route({
      method: 'GET',
      path: '/knowledge/:id',
      operationId: 'getKnowledgeDocument',
      summary: 'One document with its content',
      tag,
      params: idParams,
      status: 200,
      response: documentDetailSchema,
      handle: async ({ orgId, params }) =>
        fromDocumentInDetail(known(await knowledge.get(orgId, params.id), 'document')),
    }),
  ];
}
