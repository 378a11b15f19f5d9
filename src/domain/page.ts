/** Bounds on an instant, in milliseconds since the epoch. */
export interface InstantRange {
  gt?: number;
  lt?: number;
  ge?: number;
  le?: number;
}

/** A slice of a list ordered by creation; `offset` and `limit` count rows. */
export interface ListQuery {
  limit: number;
  offset?: number;
  order?: 'ascending' | 'descending';
  createdAt?: InstantRange;
  updatedAt?: InstantRange;
}

export interface Page<T> {
  items: T[];
  /** Rows that match the query on all pages. */
  total: number;
}
