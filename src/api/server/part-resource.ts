import type { AgentTool } from '../../domain/agents/agent.ts';
import type { ListQuery, Page } from '../../domain/page.ts';
import type { PartKind, PartOf, PartValue } from '../../domain/parts/part.ts';
import type { Tool } from '../../domain/tools/tool.ts';
import { PartStore, type PartStoreContext } from './part-store.ts';

/** What the routes of a kind of objects do with the store. */
export interface StoredResource<T, C, U> {
  get(orgId: string, id: string): Promise<T | undefined>;
  page(orgId: string, query: ListQuery): Promise<Page<T>>;
  create(orgId: string, body: C): Promise<T>;
  /** @returns undefined when the org has no such object. */
  update(orgId: string, id: string, body: U): Promise<T | undefined>;
  remove(orgId: string, id: string): Promise<T | undefined>;
}

/** A kind of parts that agents are made of. A change reaches every agent that refers to the part. */
export function partResource<K extends PartKind, C, U>(
  context: PartStoreContext,
  kind: K,
  writer: { make(body: C): PartValue<K>; change(current: PartOf<K>, body: U): PartValue<K> },
): StoredResource<PartOf<K>, C, U> {
  const store = new PartStore(context);
  return {
    get: (orgId, id) => store.part(orgId, kind, id),
    page: (orgId, query) => context.parts.page(orgId, kind, query),
    create: async (orgId, body) => store.createPart(orgId, kind, writer.make(body)),
    update: (orgId, id, body) => store.changePart(orgId, kind, id, (part) => writer.change(part, body)),
    remove: (orgId, id) => store.removePart(orgId, kind, id),
  };
}

/** Actions: the tools of the org. */
export function actionResource<C, U>(
  context: PartStoreContext,
  writer: { make(body: C): AgentTool; change(current: AgentTool, body: U): AgentTool },
): StoredResource<Tool, C, U> {
  const store = new PartStore(context);
  return {
    get: (orgId, id) => store.tool(orgId, id),
    page: (orgId, query) => context.tools.page(orgId, query),
    create: async (orgId, body) => store.createTool(orgId, writer.make(body)),
    update: (orgId, id, body) => store.changeTool(orgId, id, (tool) => writer.change(tool, body)),
    remove: (orgId, id) => store.removeTool(orgId, id),
  };
}
