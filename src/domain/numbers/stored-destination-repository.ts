import type { StoredDestination } from './stored-destination.ts';

export interface StoredDestinationRepository {
  insert(destination: StoredDestination): Promise<void>;
  get(orgId: string, id: string): Promise<StoredDestination | undefined>;
}
