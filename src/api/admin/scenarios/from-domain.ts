import type { Scenario } from '../../../domain/knowledge/knowledge.ts';
import { instantOf } from '../instant-of.ts';

export function fromScenario(scenario: Scenario): Record<string, unknown> {
  const { id, title, content, createdAt, updatedAt } = scenario;
  return { id, title, content, createdAt: instantOf(createdAt), updatedAt: instantOf(updatedAt) };
}
