/** A text of the org that its agents may look things up in. */
export interface KnowledgeDocument {
  id: string;
  orgId: string;
  title: string;
  format: 'text' | 'markdown';
  content: string;
  createdAt: number;
  updatedAt: number;
}

/** A stretch of a document that fits a question, best first. */
export interface KnowledgePassage {
  documentId: string;
  title: string;
  text: string;
}

/** What an agent should do in a kind of situation, in plain words (open.cx: training scenario). */
export interface Scenario {
  id: string;
  orgId: string;
  title: string;
  content: string;
  createdAt: number;
  updatedAt: number;
}
