import type { KnowledgeDocument } from '../../../domain/knowledge/knowledge.ts';
import { instantOf } from '../instant-of.ts';

export function fromDocument(document: KnowledgeDocument): Record<string, unknown> {
  const { id, title, format, content, createdAt } = document;
  return { id, title, format, characters: content.length, createdAt: instantOf(createdAt) };
}

export function fromDocumentInDetail(document: KnowledgeDocument): Record<string, unknown> {
  return { ...fromDocument(document), content: document.content };
}
