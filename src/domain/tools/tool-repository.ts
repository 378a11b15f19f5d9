import type { ListQuery, Page } from '../page.ts';
import type { Tool } from './tool.ts';

export interface ToolRepository {
  insert(tool: Tool): Promise<void>;
  get(orgId: string, id: string): Promise<Tool | undefined>;
  list(orgId: string, query: ListQuery): Promise<Tool[]>;
  page(orgId: string, query: ListQuery): Promise<Page<Tool>>;
  /** Replaces the row by what `change` makes of it, in one transaction. */
  update(orgId: string, id: string, change: (tool: Tool) => Tool): Promise<Tool | undefined>;
  remove(orgId: string, id: string): Promise<Tool | undefined>;
}
