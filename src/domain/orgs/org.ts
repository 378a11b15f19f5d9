/** A tenant: owns keys, numbers, agents, calls. */
export interface Org {
  id: string;
  name: string;
  createdAt: number;
}

/** A bearer key of an org. The key itself is shown once; only its SHA-256 is kept. */
export interface ApiKey {
  id: string;
  orgId: string;
  name?: string;
  /** First characters of the key, so that its owner can tell it from others. */
  prefix: string;
  /** Which API answers this key at the paths that two dialects share; unset means Vocode there. */
  dialect?: 'vapi' | 'vocode' | 'fluents' | 'opencx';
  createdAt: number;
  revokedAt?: number;
}
