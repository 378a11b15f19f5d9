import type { Secret } from '../../lib/secret.ts';
import type { AgentWebhook, PromptPlan, VoiceSettings } from '../agents/agent.ts';

/** A vector store at Pinecone (Vocode). */
export interface VectorDatabase {
  type: string;
  index: string;
  apiKey?: Secret;
  apiEnvironment: string;
}

interface PartBase {
  id: string;
  orgId: string;
  createdAt: number;
  updatedAt: number;
}

/** A piece of agents that Vocode and Fluents store by itself: agents refer to it by id and hold a copy of its value. */
export type Part = PartBase &
  (
    | { kind: 'prompt'; content: string; plan: PromptPlan }
    | { kind: 'voice'; voice: VoiceSettings; label?: string; description?: string }
    | { kind: 'webhook'; webhook: AgentWebhook }
    | { kind: 'vector-database'; database: VectorDatabase }
  );

export type PartKind = Part['kind'];
export type PartOf<K extends PartKind> = Extract<Part, { kind: K }>;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What of a part its writer decides. */
export type PartValue<K extends PartKind> = DistributiveOmit<PartOf<K>, keyof PartBase | 'kind'>;
