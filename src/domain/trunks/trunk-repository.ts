import type { Trunk } from './trunk.ts';

/** Enough to see that a trunk is new, was changed, or is gone. */
export interface TrunkStamp {
  id: string;
  updatedAt: number;
}

/** Trunks over all orgs, for what comes off the wire before it is known whose it is. */
export interface TrunkRepository {
  /** By its id alone: a trunk's sub-domain says no more. */
  find(id: string): Promise<Trunk | undefined>;
  /** Those with an inbound gateway in whose network the address lies, the oldest first, at most `limit`. */
  findBySource(address: string, limit: number): Promise<Trunk[]>;
  /** A slice of all of them in the order of their ids, after the one that is named. */
  stamps(after: string | undefined, limit: number): Promise<TrunkStamp[]>;
}
