import type { ListQuery } from '../page.ts';
import type { KnowledgeDocument, KnowledgePassage, Scenario } from './knowledge.ts';

export interface KnowledgeRepository {
  insert(document: KnowledgeDocument): Promise<void>;
  get(orgId: string, id: string): Promise<KnowledgeDocument | undefined>;
  list(orgId: string, query: ListQuery): Promise<KnowledgeDocument[]>;
  remove(orgId: string, id: string): Promise<KnowledgeDocument | undefined>;
  /** Full-text search over the org's documents; words are matched in any form that the engine knows. */
  search(orgId: string, question: string, limit: number): Promise<KnowledgePassage[]>;
}

export interface ScenarioRepository {
  insert(scenario: Scenario): Promise<void>;
  get(orgId: string, id: string): Promise<Scenario | undefined>;
  list(orgId: string, query: ListQuery): Promise<Scenario[]>;
  update(orgId: string, id: string, change: (scenario: Scenario) => Scenario): Promise<Scenario | undefined>;
  remove(orgId: string, id: string): Promise<Scenario | undefined>;
}
