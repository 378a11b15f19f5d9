/** Bounds on an instant, in milliseconds since the epoch. */
export interface InstantRange {
  gt?: number;
  lt?: number;
  ge?: number;
  le?: number;
}

/** What a list may be ordered by. */
export type SortColumn = 'createdAt' | 'updatedAt' | 'id';

/** A slice of a list ordered by creation unless it says otherwise; `offset` and `limit` count rows. */
export interface ListQuery {
  limit: number;
  offset?: number;
  sortBy?: SortColumn;
  order?: 'ascending' | 'descending';
  createdAt?: InstantRange;
  updatedAt?: InstantRange;
}

export interface Page<T> {
  items: T[];
  /** Rows that match the query on all pages. */
  total: number;
}
