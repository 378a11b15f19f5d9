import type { ListQuery } from '../page.ts';
import type { Squad } from './squad.ts';

export interface SquadRepository {
  insert(squad: Squad): Promise<void>;
  get(orgId: string, id: string): Promise<Squad | undefined>;
  list(orgId: string, query: ListQuery): Promise<Squad[]>;
  /** Replaces the row by what `change` makes of it, in one transaction. */
  update(orgId: string, id: string, change: (squad: Squad) => Squad): Promise<Squad | undefined>;
  remove(orgId: string, id: string): Promise<Squad | undefined>;
}
