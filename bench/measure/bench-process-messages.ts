export interface ToBenchProcess {
  id: number;
  question: string;
  details: object;
}

/** The answer to the question of this id; id 0 tells that the program is ready. */
export interface FromBenchProcess {
  id: number;
  result?: unknown;
  error?: string;
}
