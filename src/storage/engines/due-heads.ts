import type { Expression } from 'kysely';

/** Which due deliveries are asked for; see `ClaimQuery`. */
export interface DueHeadsQuery {
  now: number;
  limit: number;
  perEndpoint: number;
  except: readonly string[];
  only?: readonly string[] | undefined;
}

/** A select of `seq`: the longest due first, at most so many per endpoint, none of a paused endpoint. */
export type DueHeads = (query: DueHeadsQuery) => Expression<{ seq: number }>;
