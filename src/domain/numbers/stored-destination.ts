import type { TransferDestination } from './destination.ts';

/** Where calls may be sent, stored by itself under a name and given to agents (open.cx: transfer destination). */
export interface StoredDestination {
  id: string;
  orgId: string;
  name: string;
  destination: TransferDestination;
  createdAt: number;
  updatedAt: number;
}
